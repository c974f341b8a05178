import { serverNameOf } from '@plexus/matrix-base';
import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import type { RemoteListAnchor, RoomReader, RoomRecord, UserRoom, UserRoomReader } from '@plexus/storage';

export interface FindListAnchorsPorts {
  readonly userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEvents' | 'findResidency' | 'findResidentSince'>;
  readonly states: Pick<StateReader, 'lookup'>;
}

/** Who asks, and in whose name. */
export interface Asking {
  readonly userId: string;
  readonly serverName: string;
}

/** So many rooms of who asks are looked into. */
const MOST_ROOMS = 500;

/** Finds by which rooms servers tell us of changes of their users' devices: only a list of such a user may be kept. */
export class FindListAnchors {
  readonly #ports: FindListAnchorsPorts;

  constructor(ports: FindListAnchorsPorts) {
    this.#ports = ports;
  }

  /** For each of the users with whom who asks shares a room, one such room. */
  async find(
    { userId: viewer, serverName }: Asking,
    userIds: readonly string[],
  ): Promise<Map<string, RemoteListAnchor>> {
    const { userRooms, rooms } = this.#ports;
    const anchors = new Map<string, RemoteListAnchor>();
    if (userIds.length === 0) return anchors;
    const all = await userRooms.findUserRooms(viewer);
    const joined = all.filter(({ membership }) => membership === 'join').slice(0, MOST_ROOMS);
    const since = await rooms.findResidentSince(serverName, joined);
    const byServer = Map.groupBy(userIds, serverNameOf);
    const areThere = new Map<string, readonly boolean[]>();
    for (const name of byServer.keys()) areThere.set(name, await rooms.findResidency(name, joined));
    for (const [index, room] of joined.entries()) {
      const residentSince = since[index];
      const sought = [...byServer].flatMap(([name, ofServer]) =>
        areThere.get(name)?.[index] === true ? ofServer : [],
      );
      const open = sought.filter((userId) => !anchors.has(userId));
      if (residentSince === undefined || open.length === 0) continue;
      for (const [userId, memberNid] of await this.#findJoined(room, open))
        anchors.set(userId, { roomId: room.roomId, memberNid, serverName, residentSince });
      if (anchors.size === userIds.length) break;
    }
    return anchors;
  }

  /** Those users whose anchors still hold. */
  async findHeld(anchors: ReadonlyMap<string, RemoteListAnchor>): Promise<Set<string>> {
    const byRoom = Map.groupBy(anchors, ([, { roomId }]) => roomId);
    const held = await Promise.all([...byRoom].map(([roomId, ofRoom]) => this.#findHeldIn(roomId, ofRoom)));
    return new Set(held.flat());
  }

  async #findHeldIn(roomId: string, anchors: readonly [string, RemoteListAnchor][]): Promise<string[]> {
    const room = await this.#ports.rooms.findRoom(roomId);
    if (room === undefined) return [];
    const servers = [...new Set(anchors.map(([, { serverName }]) => serverName))];
    const since = await Promise.all(
      servers.map(async (name) => [name, (await this.#ports.rooms.findResidentSince(name, [room]))[0]] as const),
    );
    const sinceOf = new Map(since);
    const memberNids = await this.#findMembers(
      room,
      anchors.map(([userId]) => userId),
    );
    return anchors.flatMap(([userId, { serverName, residentSince, memberNid }], index) => {
      return sinceOf.get(serverName) === residentSince && memberNids[index] === memberNid ? [userId] : [];
    });
  }

  async #findJoined({ roomId }: UserRoom, userIds: readonly string[]): Promise<[string, number][]> {
    const room = await this.#ports.rooms.findRoom(roomId);
    if (room === undefined) return [];
    const nids = await this.#findMembers(room, userIds);
    const events = await this.#ports.rooms.findEvents(
      room.shard,
      nids.filter((nid) => nid !== undefined),
    );
    return userIds.flatMap((userId, index): [string, number][] => {
      const stored = events.get(nids[index] ?? 0);
      const isJoined = stored !== undefined && readEvent(stored, room.roomVersion).content['membership'] === 'join';
      return isJoined ? [[userId, stored.eventNid]] : [];
    });
  }

  async #findMembers(room: RoomRecord, userIds: readonly string[]): Promise<readonly (number | undefined)[]> {
    const keys = userIds.map((stateKey) => ({ type: 'm.room.member', stateKey }));
    return (await this.#ports.states.lookup(room, room.currentRoot, keys)) ?? [];
  }
}
