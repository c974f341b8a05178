import type { Clock } from '@plexus/matrix-base';
import type { HostedServer, HostedServers, RoomHistoryReader, RoomReader } from '@plexus/storage';
import { lifetimeOf, mayExpire } from './retention-policy.ts';
import type { RetentionPolicy } from './retention-policy.ts';
import type { RoomPlace } from './room-place.ts';
import type { RoomState } from './room-state.ts';

export interface RoomExpiryPorts {
  readonly rooms: Pick<RoomReader, 'findRootAt' | 'readResidentServers'>;
  readonly history: Pick<RoomHistoryReader, 'findFirstStoredSince'>;
  readonly states: Pick<RoomState, 'find'>;
  readonly servers: Pick<HostedServers, 'find' | 'list'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** So long what was found of a room counts. */
const FRESH_MS = 1_000;
const MOST_ROOMS = 10_000;

/** Of the newest row of a shard's log, whichever that is. */
const NOW = Number.MAX_SAFE_INTEGER;

interface Found {
  readonly until: number;
  readonly end: Promise<number | undefined>;
}

/**
 * Says what of rooms has expired by retention and is not to be shown any more, though no round has taken it away yet: the same that a round would take
 * away at that moment.
 */
export class RoomExpiry {
  readonly #ports: RoomExpiryPorts;
  readonly #policy: RetentionPolicy;
  /** The oldest first. */
  readonly #found = new Map<string, Found>();
  #asked: { readonly servers: readonly HostedServer[]; readonly mayExpire: boolean } | undefined;

  constructor(ports: RoomExpiryPorts, policy: RetentionPolicy) {
    this.#ports = ports;
    this.#policy = policy;
  }

  /** The topological position below which everything has expired; nothing: nothing has. At once where no hosted server lets messages expire. */
  findEnd(room: RoomPlace): Promise<number | undefined> | undefined {
    if (!this.#mayExpire()) return undefined;
    const now = this.#ports.clock.now();
    const key = `${room.shard}/${room.roomNid}`;
    const known = this.#found.get(key);
    if (known !== undefined && known.until > now) return known.end;
    const found: Found = { until: now + FRESH_MS, end: this.#read(room, now) };
    this.#keep(key, found);
    found.end.catch(() => {
      if (this.#found.get(key) === found) this.#found.delete(key);
    });
    return found.end;
  }

  #keep(key: string, found: Found): void {
    this.#found.delete(key);
    this.#found.set(key, found);
    const oldest = this.#found.size > MOST_ROOMS ? this.#found.keys().next().value : undefined;
    if (oldest !== undefined) this.#found.delete(oldest);
  }

  #mayExpire(): boolean {
    const servers = this.#ports.servers.list();
    if (this.#asked?.servers !== servers) this.#asked = { servers, mayExpire: mayExpire(servers, this.#policy) };
    return this.#asked.mayExpire;
  }

  async #read(room: RoomPlace, now: number): Promise<number | undefined> {
    const { shard, roomNid } = room;
    const lifetime = await this.#findLifetime(room);
    if (lifetime === undefined) return undefined;
    const first = await this.#ports.history.findFirstStoredSince(shard, roomNid, now - lifetime);
    return first?.topologicalPosition;
  }

  async #findLifetime(room: RoomPlace): Promise<number | undefined> {
    const { rooms, servers, states } = this.#ports;
    const [names, root] = await Promise.all([
      rooms.readResidentServers(room.shard, room.roomNid),
      rooms.findRootAt(room.shard, room.roomNid, NOW),
    ]);
    if (root === undefined) return undefined;
    const residents = [...names.keys()].map((name) => servers.find(name)).filter((server) => server !== undefined);
    const event = await states.find(room, root, { type: 'm.room.retention', stateKey: '' });
    return lifetimeOf(event?.content, residents, this.#policy);
  }
}

/** Whether an event at this topological position has expired where everything below `end` has. */
export function hasExpired(topologicalPosition: number | undefined, end: number | undefined): boolean {
  return end !== undefined && topologicalPosition !== undefined && topologicalPosition < end;
}
