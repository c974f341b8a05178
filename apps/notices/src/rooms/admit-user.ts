import type { JsonObject } from '@plexus/matrix-base';
import type { NoticeRefusal, RoomWriter } from '@plexus/rpc';
import type { NoticePolicy } from '@plexus/service-shell';
import type { NoticeRoom, UserRepository, UserRoomReader, UserStreamTransactor } from '@plexus/storage';
import { profileOf } from './profile-of.ts';
import { commandIdOf, executeCommand, isLost } from './room-commands.ts';
import type { RoomOutcome } from './room-commands.ts';
import { tagRoom } from './tag-room.ts';

export interface AdmitUserPorts {
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  readonly users: Pick<UserRepository, 'findProfiles'>;
  readonly streams: UserStreamTransactor;
  readonly writer: RoomWriter;
}

/** `gone`: nothing can be said in the room any more, and another one is to be made. */
export type Admission = { readonly outcome: 'present' } | { readonly outcome: 'gone' } | NoticeRefusal;

/** Sees to it that a user can read their room of notices: who has left it is invited again. */
export class AdmitUser {
  readonly #ports: AdmitUserPorts;

  constructor(ports: AdmitUserPorts) {
    this.#ports = ports;
  }

  async execute(room: NoticeRoom, policy: NoticePolicy): Promise<Admission> {
    const { userId, roomId } = room;
    const current = await this.#ports.userRooms.findUserRoom(userId, roomId);
    if (current?.membership === 'join') return PRESENT;
    if (current?.membership === 'invite') return policy.autoJoin ? this.#join(room, current.eventId) : PRESENT;
    if (!(await tagRoom(this.#ports.streams, room))) return NO_USER;
    const invited = await this.#change(room, {
      sender: policy.sender,
      membership: 'invite',
      onlyFrom: ['leave', 'ban'],
      after: current?.eventId ?? '',
    });
    if (invited.outcome === 'stored') {
      return policy.autoJoin ? this.#join(room, invited.eventIds[0] ?? '') : PRESENT;
    }
    return admissionOf(invited);
  }

  async #join(room: NoticeRoom, inviteId: string): Promise<Admission> {
    const change = { sender: room.userId, membership: 'join', onlyFrom: ['invite'], after: inviteId };
    const joined = await this.#change(room, change);
    return joined.outcome === 'stored' ? PRESENT : admissionOf(joined);
  }

  /** A change is named by the membership that it follows: of several who ask for it one has an effect. */
  async #change(
    { userId, roomId }: NoticeRoom,
    {
      sender,
      membership,
      onlyFrom,
      after,
    }: {
      readonly sender: string;
      readonly membership: string;
      readonly onlyFrom: string[];
      readonly after: string;
    },
  ): Promise<RoomOutcome> {
    const content: JsonObject = await profileOf(this.#ports.users, userId);
    return executeCommand(this.#ports.writer, {
      commandId: commandIdOf(membership, roomId, after),
      roomId,
      command: {
        $case: 'changeMembership',
        value: {
          sender,
          targetUserId: userId,
          membership,
          content: Buffer.from(JSON.stringify(content)),
          senderDeviceId: '',
          onlyFrom,
        },
      },
    });
  }
}

const PRESENT: Admission = { outcome: 'present' };
const NO_USER: Admission = { outcome: 'refused', errcode: 'M_NOT_FOUND', httpStatus: 404, error: 'User not found' };

/** Who was admitted by another meanwhile is there. */
function admissionOf(refused: Extract<RoomOutcome, { outcome: 'refused' }>): Admission {
  if (isLost(refused)) return { outcome: 'gone' };
  return refused.rule === 'member.only_from' ? PRESENT : refused;
}
