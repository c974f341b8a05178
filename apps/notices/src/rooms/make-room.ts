import { encodeUrlSafeBase64, serverNameOf } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomWriter } from '@plexus/rpc';
import type { NoticeLook, NoticePolicy } from '@plexus/service-shell';
import type {
  HostedServerKeys,
  NoticeRoom,
  NoticeRoomRepository,
  UserRepository,
  UserStreamTransactor,
} from '@plexus/storage';
import { buildCreateEvent, initialEvents, inviteEvent, joinEvent, noticeRoomRules } from './build-notice-room.ts';
import { profileOf } from './profile-of.ts';
import { commandIdOf, executeCommand, protoEvent, RoomUnavailableError } from './room-commands.ts';
import { tagRoom } from './tag-room.ts';

export interface MakeRoomPorts {
  readonly noticeRooms: Pick<NoticeRoomRepository, 'find' | 'insertOrGet' | 'setMade'>;
  readonly users: Pick<UserRepository, 'findUser' | 'findProfiles'>;
  readonly streams: UserStreamTransactor;
  readonly keys: Pick<HostedServerKeys, 'findSigningKey'>;
  readonly writer: RoomWriter;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: RandomSource;
}

/**
 * The one room of notices of a user.
 *
 *     row with the create event ──► tag in the user's account data ──► room, with the user invited ──► row says: made
 *
 * Of those who make it at once the first row counts, for all of them. Every further step may be done twice, and by several: the room's owner
 * knows the command by the room it makes.
 */
export class MakeRoom {
  readonly #ports: MakeRoomPorts;

  constructor(ports: MakeRoomPorts) {
    this.#ports = ports;
  }

  /** Nothing where the user is not there, or was deactivated. */
  async execute(userId: string, policy: NoticePolicy): Promise<NoticeRoom | undefined> {
    const kept = (await this.#ports.noticeRooms.find(userId)) ?? (await this.#keep(userId, policy));
    if (kept === undefined || kept.isMade) return kept;
    if (!(await tagRoom(this.#ports.streams, kept))) return undefined;
    const look = policy.lookIn(policy.language);
    await this.#make(kept, policy, look);
    const stored = { ...look };
    await this.#ports.noticeRooms.setMade(userId, kept.roomId, stored);
    return { ...kept, isMade: true, look: stored };
  }

  /** @NOTE Two create events that are equal in everything name one room: the second one is made again, later. */
  async #keep(userId: string, { sender }: NoticePolicy): Promise<NoticeRoom | undefined> {
    const { noticeRooms, users, keys, clock, random } = this.#ports;
    const user = await users.findUser(userId);
    if (user === undefined || user.isDeactivated) return undefined;
    const serverName = serverNameOf(userId);
    const key = keys.findSigningKey(serverName);
    if (key === undefined) return undefined;
    const rules = noticeRoomRules();
    const localpart = encodeUrlSafeBase64(random.bytes(18));
    for (let originServerTs = clock.now(); ; originServerTs += 1) {
      const { roomId, bytes } = buildCreateEvent({
        rules,
        sender,
        roomId: rules.roomIdIsCreateEventHash ? undefined : `!${localpart}:${serverName}`,
        originServerTs,
        signer: { serverName, key },
      });
      const room = { userId, serverName, roomId, roomVersion: rules.version, createEvent: bytes };
      const kept = await noticeRooms.insertOrGet(room);
      if (kept !== undefined) return kept;
    }
  }

  async #make(
    { userId, roomId, roomVersion, createEvent }: NoticeRoom,
    policy: NoticePolicy,
    look: NoticeLook,
  ): Promise<void> {
    const profile = await profileOf(this.#ports.users, userId);
    const events = [
      ...initialEvents(rulesOf(roomVersion), policy, look).map((event) => protoEvent(policy.sender, event)),
      protoEvent(policy.sender, inviteEvent(userId, profile)),
      ...(policy.autoJoin ? [protoEvent(userId, joinEvent(userId, profile))] : []),
    ];
    const made = await executeCommand(this.#ports.writer, {
      commandId: commandIdOf('room', roomId),
      roomId,
      command: { $case: 'createRoom', value: { roomVersion, createEvent, events } },
    });
    // The owner forgets commands after a time, but not rooms.
    if (made.outcome === 'stored' || made.rule === 'create.exists') return;
    throw new RoomUnavailableError(`The room of ${userId} cannot be made: ${made.error}`);
  }
}

function rulesOf(version: string): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new TypeError(`there is no room version ${version}`);
  return rules;
}
