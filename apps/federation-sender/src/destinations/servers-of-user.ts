import { findServerName } from '@plexus/matrix-base';
import type { ResidencyReader, UserRoomReader } from '@plexus/storage';
import type { FederationRules } from './choose-destinations.ts';

export interface ServersOfUserPorts extends FederationRules {
  readonly userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly residency: ResidencyReader;
}

/** Which other servers share a room with a hosted user now. */
export class ServersOfUser {
  readonly #ports: ServersOfUserPorts;

  constructor(ports: ServersOfUserPorts) {
    this.#ports = ports;
  }

  async find(userId: string): Promise<string[]> {
    const { userRooms, residency, isHosted, allows } = this.#ports;
    const origin = findServerName(userId) ?? '';
    const joined = (await userRooms.findUserRooms(userId)).filter(({ membership }) => membership === 'join');
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
