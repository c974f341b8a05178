import { findServerName } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { LRUCache } from 'lru-cache';
import type { SharedRoom, SharingAppservices } from './sharing-appservices.ts';

export interface RecentlySharingPorts {
  readonly sharing: Pick<SharingAppservices, 'find' | 'findIn' | 'roomsOf'>;
  readonly clock: Pick<Clock, 'now'>;
  isHosted(serverName: string): boolean;
}

/** So old what is known of users of other servers and their rooms may be. */
const GOOD_FOR_MS = 60_000;
const MOST_USERS = 50_000;
const MOST_SERVERS = 1_000;
/**
 * So many rooms of a server are looked into at most.
 *
 * @DEVIATION Of a server with which application services share more, presence may not be told.
 */
const MOST_ROOMS = 500;

/**
 * With users of which application services a user shares a room, as of lately: good enough for what is said again soon. So users of other servers who
 * are about cost a look into their rooms once a minute.
 */
export class RecentlySharing {
  readonly #ports: RecentlySharingPorts;
  readonly #users: LRUCache<string, Set<string>>;
  readonly #rooms: LRUCache<string, readonly SharedRoom[]>;

  constructor(ports: RecentlySharingPorts) {
    this.#ports = ports;
    const aging = { ttl: GOOD_FOR_MS, ttlResolution: 0, perf: ports.clock };
    this.#users = new LRUCache({ max: MOST_USERS, ...aging });
    this.#rooms = new LRUCache({ max: MOST_SERVERS, ...aging });
  }

  /** Of each user, which of these application services, and perhaps others. */
  async find(userIds: readonly string[], appserviceIds: readonly string[]): Promise<Map<string, ReadonlySet<string>>> {
    const { isHosted, sharing } = this.#ports;
    const { hosted = [], elsewhere = [] } = Object.groupBy(userIds, (userId) =>
      isHosted(findServerName(userId) ?? '') ? 'hosted' : 'elsewhere',
    );
    const known = elsewhere.map((userId) => [userId, this.#users.get(userId)] as const);
    const found = new Map<string, ReadonlySet<string>>(await sharing.find(hosted, appserviceIds));
    for (const [userId, own] of known) if (own !== undefined) found.set(userId, own);
    const missing = known.flatMap(([userId, own]) => (own === undefined ? [userId] : []));
    for (const [serverName, userIds] of Map.groupBy(missing, (userId) => findServerName(userId) ?? ''))
      for (const [userId, own] of await this.#look(serverName, userIds, appserviceIds)) found.set(userId, own);
    return found;
  }

  /** Of users of one server, who are remembered then. */
  async #look(
    serverName: string,
    userIds: readonly string[],
    appserviceIds: readonly string[],
  ): Promise<Map<string, Set<string>>> {
    const found = new Map(userIds.map((userId) => [userId, new Set<string>()]));
    await this.#ports.sharing.findIn(await this.#roomsOf(serverName), { found, userIds, appserviceIds });
    for (const [userId, own] of found) this.#users.set(userId, own);
    return found;
  }

  async #roomsOf(serverName: string): Promise<readonly SharedRoom[]> {
    const known = this.#rooms.get(serverName);
    if (known !== undefined) return known;
    const found: SharedRoom[] = [];
    for await (const rooms of this.#ports.sharing.roomsOf(serverName)) {
      found.push(...rooms.slice(0, MOST_ROOMS - found.length));
      if (found.length >= MOST_ROOMS) break;
    }
    this.#rooms.set(serverName, found);
    return found;
  }
}
