import { isJsonObject, isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { RoomWriter } from '@plexus/rpc';
import type { Requester } from '@plexus/service-shell';
import type { HostedServers, RoomRecord } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireUserId } from '../rooms/check-identifiers.ts';
import { encodeContent, protoEvent } from '../rooms/proto-event.ts';
import { executeCommand } from '../rooms/room-commands.ts';
import type { AdminRoomAccess } from './admin-room-access.ts';

export interface MakeRoomAdminPorts {
  readonly states: RoomState;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly writer: RoomWriter;
  readonly random: RandomSource;
}

/** A hosted user who may give power, and how much they have. */
interface Giver {
  readonly userId: string;
  readonly level: number;
}

/** Gives a user as much power in a room as the most powerful hosted user there has. */
export class MakeRoomAdmin {
  readonly #access: AdminRoomAccess;
  readonly #ports: MakeRoomAdminPorts;

  constructor(access: AdminRoomAccess, ports: MakeRoomAdminPorts) {
    this.#access = access;
    this.#ports = ports;
  }

  /** A user who is not in a room that they cannot join by themselves is invited. Throws 400 where no hosted user has the power. */
  async execute(requester: Requester, roomId: string, userId: string): Promise<void> {
    requireUserId(userId);
    const { room, serverName } = await this.#access.find(requester, roomId);
    const { states } = this.#ports;
    const [create] = await states.findMany(room, room.currentRoot, [{ type: 'm.room.create', stateKey: '' }]);
    const levels = await this.#find(room, 'm.room.power_levels', '');
    const giver = await this.#findGiver(room, { create, levels, serverName });
    if (giver === undefined) throw new MatrixError('M_UNKNOWN', 400, 'No local admin user in room');
    await this.#giveLevel(roomId, giver, { levels: levels?.content ?? {}, userId });
    await this.#inviteWhereNeeded(room, giver.userId, userId);
  }

  async #findGiver(
    room: RoomRecord,
    {
      create,
      levels,
      serverName,
    }: { create: RoomEvent | undefined; levels: RoomEvent | undefined; serverName: string | undefined },
  ): Promise<Giver | undefined> {
    const content = levels?.content ?? {};
    const needed = levelNeeded(content);
    const candidates = [...creatorsOf(room, create, levels), ...powerfulUsers(content)];
    const own = candidates
      .filter(({ userId, level }) => this.#isOurs(userId, serverName) && level >= needed)
      .toSorted((a, b) => b.level - a.level);
    for (const candidate of own) if (await this.#isJoined(room, candidate.userId)) return candidate;
    return undefined;
  }

  #isOurs(userId: string, serverName: string | undefined): boolean {
    const name = serverNameOf(userId);
    return serverName === undefined ? this.#ports.servers.isHosted(name) : name === serverName;
  }

  async #giveLevel(
    roomId: string,
    { userId: sender, level }: Giver,
    { levels, userId }: { readonly levels: JsonObject; readonly userId: string },
  ): Promise<void> {
    const users = isJsonObject(levels['users']) ? levels['users'] : {};
    const given = Number.isFinite(level) ? level : highestLevel(levels);
    if (sender === userId || users[userId] === given) return;
    const content = encodeContent({ ...levels, users: { ...users, [userId]: given } });
    const event = protoEvent({ type: 'm.room.power_levels', stateKey: '', sender, content });
    const commandId = newRandomId(this.#ports.random);
    await executeCommand(this.#ports.writer, { commandId, roomId, command: { $case: 'sendEvent', value: { event } } });
  }

  async #inviteWhereNeeded(room: RoomRecord, sender: string, targetUserId: string): Promise<void> {
    const rule = (await this.#find(room, 'm.room.join_rules', ''))?.content['join_rule'];
    const membership = (await this.#find(room, 'm.room.member', targetUserId))?.content['membership'];
    if (rule === 'public' || membership === 'join' || membership === 'invite') return;
    await executeCommand(this.#ports.writer, {
      commandId: newRandomId(this.#ports.random),
      roomId: room.roomId,
      command: {
        $case: 'changeMembership',
        value: {
          sender,
          targetUserId,
          membership: 'invite',
          content: encodeContent({}),
          senderDeviceId: '',
          onlyFrom: [],
        },
      },
    });
  }

  async #isJoined(room: RoomRecord, userId: string): Promise<boolean> {
    return (await this.#find(room, 'm.room.member', userId))?.content['membership'] === 'join';
  }

  #find(room: RoomRecord, type: string, stateKey: string): Promise<RoomEvent | undefined> {
    return this.#ports.states.find(room, room.currentRoot, { type, stateKey });
  }
}

/** From version 12 on, creators have more power than any number; before, without power levels, the creator has 100. */
function creatorsOf(room: RoomRecord, create: RoomEvent | undefined, levels: RoomEvent | undefined): Giver[] {
  if (create === undefined) return [];
  if (findRoomVersion(room.roomVersion)?.privilegedCreators !== true) {
    return levels === undefined ? [{ userId: create.sender, level: 100 }] : [];
  }
  const { additional_creators: additional } = create.content;
  const others = Array.isArray(additional) ? additional.filter((userId) => typeof userId === 'string') : [];
  return [create.sender, ...others].filter(isUserId).map((userId) => ({ userId, level: Infinity }));
}

function powerfulUsers({ users }: JsonObject): Giver[] {
  if (!isJsonObject(users)) return [];
  return Object.entries(users).flatMap(([userId, level]) =>
    isUserId(userId) && typeof level === 'number' ? [{ userId, level }] : [],
  );
}

function levelNeeded(content: JsonObject): number {
  const { events, state_default: stateDefault } = content;
  const own = isJsonObject(events) ? events['m.room.power_levels'] : undefined;
  if (typeof own === 'number') return own;
  return typeof stateDefault === 'number' ? stateDefault : 50;
}

/** What a creator can give: the most that anybody has in numbers, at least what changing everything takes. */
function highestLevel(content: JsonObject): number {
  return Math.max(100, levelNeeded(content), ...powerfulUsers(content).map(({ level }) => level));
}
