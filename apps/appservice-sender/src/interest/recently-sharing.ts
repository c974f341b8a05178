import { findServerName } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { LRUCache } from 'lru-cache';
import type { SharedRoom, SharingAppservices } from './sharing-appservices.ts';

export interface RecentlySharingPorts {
  readonly sharing: Pick<SharingAppservices, 'find' | 'findIn' | 'roomsOf'>;
  readonly clock: Pick<Clock, 'now'>;
  isHosted(serverName: string): boolean;
}

interface Known<T> {
  readonly value: T;
  readonly readAt: number;
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
  readonly #users = new LRUCache<string, Known<Set<string>>>({ max: MOST_USERS });
  readonly #rooms = new LRUCache<string, Known<readonly SharedRoom[]>>({ max: MOST_SERVERS });

  constructor(ports: RecentlySharingPorts) {
    this.#ports = ports;
  }

  /** Of each user, which of these application services, and perhaps others. */
  async find(userIds: readonly string[], appserviceIds: readonly string[]): Promise<Map<string, ReadonlySet<string>>> {
    const { isHosted, sharing } = this.#ports;
    const { hosted = [], elsewhere = [] } = Object.groupBy(userIds, (userId) =>
      isHosted(findServerName(userId) ?? '') ? 'hosted' : 'elsewhere',
    );
    const found = new Map<string, ReadonlySet<string>>(await sharing.find(hosted, appserviceIds));
    const missing: string[] = [];
    for (const userId of elsewhere) {
      const known = this.#fresh(this.#users.get(userId));
      if (known === undefined) missing.push(userId);
      else found.set(userId, known);
    }
    for (const [serverName, own] of Map.groupBy(missing, (userId) => findServerName(userId) ?? '')) {
      const read = new Map(own.map((userId) => [userId, new Set<string>()]));
      await sharing.findIn(await this.#roomsOf(serverName), { found: read, userIds: own, appserviceIds });
      for (const [userId, value] of read) {
        this.#users.set(userId, { value, readAt: this.#ports.clock.now() });
        found.set(userId, value);
      }
    }
    return found;
  }

  async #roomsOf(serverName: string): Promise<readonly SharedRoom[]> {
    const known = this.#fresh(this.#rooms.get(serverName));
    if (known !== undefined) return known;
    const value: SharedRoom[] = [];
    for await (const rooms of this.#ports.sharing.roomsOf(serverName)) {
      value.push(...rooms.slice(0, MOST_ROOMS - value.length));
      if (value.length >= MOST_ROOMS) break;
    }
    this.#rooms.set(serverName, { value, readAt: this.#ports.clock.now() });
    return value;
  }

  #fresh<T>(known: Known<T> | undefined): T | undefined {
    return known !== undefined && known.readAt + GOOD_FOR_MS > this.#ports.clock.now() ? known.value : undefined;
  }
}
