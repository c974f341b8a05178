import { findServerName } from '@plexus/matrix-base';
import type { RoomPlace } from '@plexus/room-view';
import type { AppserviceAppender, RoomOfServer, RoomReader } from '@plexus/storage';
import type { JoinedMembers } from './joined-members.ts';

export interface SharingAppservicesPorts {
  readonly members: Pick<AppserviceAppender, 'findSharing' | 'findRoomsAmong' | 'listSharedRooms'>;
  readonly reader: Pick<RoomReader, 'listRoomsOfServer' | 'findRoom'>;
  readonly joined: Pick<JoinedMembers, 'among' | 'isEncrypted'>;
  isHosted(serverName: string): boolean;
}

/** A room of a server in which application services have users. */
export interface SharedRoom extends RoomOfServer {
  readonly appserviceIds: readonly string[];
}

const PAGE = 500;
const MOST_SHARED = 1_000;

/**
 * Finds with users of which application services a user shares a room. Hosted users' memberships are projected. Of users of other servers the states
 * say it, of those rooms in which both their server and an application service have users.
 *
 * @NOTE For other servers' users the cost follows the rooms that such a server shares with application services; all users that are asked about at
 * once are looked up together.
 */
export class SharingAppservices {
  readonly #ports: SharingAppservicesPorts;

  constructor(ports: SharingAppservicesPorts) {
    this.#ports = ports;
  }

  /** Of each user, which of these application services. */
  async find(userIds: readonly string[], appserviceIds: readonly string[]): Promise<Map<string, Set<string>>> {
    const found = new Map<string, Set<string>>(userIds.map((userId) => [userId, new Set()]));
    if (appserviceIds.length === 0) return found;
    for (const [serverName, own] of Map.groupBy(new Set(userIds), (userId) => findServerName(userId) ?? '')) {
      if (this.#ports.isHosted(serverName)) {
        for (const userId of own)
          found.set(userId, new Set(await this.#ports.members.findSharing(userId, appserviceIds)));
      } else {
        for await (const rooms of this.roomsOf(serverName))
          await this.findIn(rooms, { found, userIds: own, appserviceIds });
      }
    }
    return found;
  }

  /** Adds what these rooms show. A room that can show nothing new is not looked into. */
  async findIn(
    rooms: readonly SharedRoom[],
    asked: {
      readonly found: ReadonlyMap<string, Set<string>>;
      readonly userIds: readonly string[];
      readonly appserviceIds: readonly string[];
    },
  ): Promise<void> {
    const { found, userIds } = asked;
    const wanted = new Set(asked.appserviceIds);
    for (const room of rooms) {
      const ids = room.appserviceIds.filter((id) => wanted.has(id));
      const sought = userIds.filter((userId) => ids.some((id) => found.get(userId)?.has(id) === false));
      if (sought.length === 0) continue;
      for (const userId of await this.#ports.joined.among(room, room.currentRoot, sought)) {
        for (const id of ids) found.get(userId)?.add(id);
      }
    }
  }

  /** Rooms in which a server and application services have users, a page at a time. */
  async *roomsOf(serverName: string): AsyncGenerator<readonly SharedRoom[]> {
    const { reader, members } = this.#ports;
    for (let after: RoomOfServer | undefined; ;) {
      const page = await reader.listRoomsOfServer(serverName, { after, limit: PAGE });
      const shared = page.length === 0 ? [] : await members.findRoomsAmong(page);
      const idsOf = new Map(shared.map(({ shard, roomNid, appserviceIds }) => [`${shard}/${roomNid}`, appserviceIds]));
      yield page.flatMap((room) => {
        const appserviceIds = idsOf.get(`${room.shard}/${room.roomNid}`);
        return appserviceIds === undefined ? [] : [{ ...room, appserviceIds }];
      });
      if (page.length < PAGE) return;
      after = page.at(-1);
    }
  }

  /** Whether the user and users of the application service are together in an encrypted room, by the states of rooms. */
  async sharesEncrypted(userId: string, appserviceId: string): Promise<boolean> {
    const { joined } = this.#ports;
    for await (const room of this.#roomsWith(userId, appserviceId)) {
      if (!(await joined.isEncrypted(room, room.currentRoot))) continue;
      if ((await joined.among(room, room.currentRoot, [userId])).length > 0) return true;
    }
    return false;
  }

  /** Rooms in which the application service has users, and in which the user may be. */
  async *#roomsWith(
    userId: string,
    appserviceId: string,
  ): AsyncGenerator<RoomPlace & Pick<RoomOfServer, 'currentRoot'>> {
    const { members, reader, isHosted } = this.#ports;
    const serverName = findServerName(userId) ?? '';
    if (isHosted(serverName)) {
      for (const { roomId } of await members.listSharedRooms(userId, appserviceId, MOST_SHARED)) {
        const room = await reader.findRoom(roomId);
        if (room !== undefined) yield room;
      }
      return;
    }
    for await (const rooms of this.roomsOf(serverName)) {
      yield* rooms.filter(({ appserviceIds }) => appserviceIds.includes(appserviceId));
    }
  }
}
