import { findServerName } from '@plexus/matrix-base';
import type { ResidencyReader, UserRoom, UserRoomReader } from '@plexus/storage';
import type { FederationRules } from './choose-destinations.ts';

export interface ServersOfUserPorts extends FederationRules {
  readonly userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly residency: ResidencyReader;
}

type SharedRoom = Pick<UserRoom, 'shard' | 'roomNid' | 'roomId'>;

/** Which other servers share a room with a hosted user now. */
export class ServersOfUser {
  readonly #ports: ServersOfUserPorts;

  constructor(ports: ServersOfUserPorts) {
    this.#ports = ports;
  }

  async find(userId: string): Promise<string[]> {
    return this.#serversOf(userId, await this.#findJoined(userId));
  }

  /**
   * Of the servers in a room that the user has joined, those that share no other room with the user that counts. That the user is in the room itself need not
   * be projected yet.
   */
  async findNew(userId: string, room: SharedRoom, counts: (other: UserRoom) => boolean): Promise<string[]> {
    const there = await this.#serversOf(userId, [room]);
    if (there.length === 0) return [];
    const others = (await this.#findJoined(userId)).filter((other) => other.roomId !== room.roomId && counts(other));
    const known = new Set(await this.#serversOf(userId, others));
    return there.filter((serverName) => !known.has(serverName));
  }

  async #findJoined(userId: string): Promise<UserRoom[]> {
    const rooms = await this.#ports.userRooms.findUserRooms(userId);
    return rooms.filter(({ membership }) => membership === 'join');
  }

  async #serversOf(userId: string, joined: readonly SharedRoom[]): Promise<string[]> {
    const { residency, isHosted, allows } = this.#ports;
    const origin = findServerName(userId) ?? '';
    const found = new Set<string>();
    for (const [shard, rooms] of Map.groupBy(joined, (room) => room.shard)) {
      const intervals = await residency.readIntervals(
        shard,
        rooms.map(({ roomNid }) => roomNid),
      );
      for (const servers of intervals.rooms.values())
        for (const { serverName, isResident } of servers) if (isResident) found.add(serverName);
    }
    return [...found].filter((serverName) => !isHosted(serverName) && allows(origin, serverName));
  }
}
