import type { Clock } from '@plexus/matrix-base';
import type { ParkedPdu, RoomOwnerReader } from '@plexus/storage';
import type { GapAnnouncer } from '../out/gap-announcer.ts';
import type { WaitingPlace } from './parking.ts';

export interface GapSweepPorts {
  readonly rooms: Pick<RoomOwnerReader, 'findParked'>;
  readonly gaps: Pick<GapAnnouncer, 'announce'>;
  readonly clock: Clock;
  /** PDUs that wait for events, in shards that are owned now. */
  waiting(): Iterable<WaitingPlace>;
  /** Gives up PDUs for good. */
  drop(waiting: WaitingPlace): void;
  failed(doing: string, error: unknown): void;
}

export interface GapSweepLimits {
  /** Between two looks. */
  readonly everyMs: number;
  /** Before a gap is told of a second time; then twice as long each time. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** Before the last one of a chain is told of. */
  readonly chainPauseMs: number;
  /** Whoever waits longer is given up. */
  readonly longestWaitMs: number;
}

export const DEFAULT_GAP_SWEEP: GapSweepLimits = {
  everyMs: 5_000,
  pauseMs: 5_000,
  longestPauseMs: 600_000,
  chainPauseMs: 30_000,
  longestWaitMs: 24 * 3_600_000,
};

/** So many are told of at once. */
const AT_ONCE = 100;

interface Told {
  readonly attempt: number;
  readonly nextAt: number;
}

/**
 * Tells again and again what PDUs wait for, ever more slowly, and gives up what has waited for too long:
 *
 *     parked ──told──► pause ──► told again … ──► what is missing came | given up
 *
 * Of PDUs that wait for each other the first is told at once: all others go on when what it misses has come. Where that does not come, the last
 * one is told too after a pause, because whoever walks back from there finds the others, and the state before them.
 */
export class GapSweep {
  readonly #ports: GapSweepPorts;
  readonly #limits: GapSweepLimits;
  readonly #told = new Map<string, Told>();

  constructor(ports: GapSweepPorts, limits: GapSweepLimits = DEFAULT_GAP_SWEEP) {
    this.#ports = ports;
    this.#limits = limits;
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#ports.clock.delay(this.#limits.everyMs, signal);
      if (!signal.aborted) await this.round();
    }
  }

  /** Tells of what was parked just now. */
  async parked(rows: readonly ParkedPdu[]): Promise<void> {
    const now = this.#ports.clock.now();
    await this.#ports.gaps.announce(rows.map((parked) => ({ parked, attempt: this.#count(parked, now) })));
  }

  /** Tells of what is due now. */
  async round(): Promise<void> {
    const now = this.#ports.clock.now();
    const waiting = [...this.#ports.waiting()];
    this.#forgetOthers(waiting);
    const due: WaitingPlace[] = [];
    for (const place of waiting) {
      if (now - place.parkedAt > this.#limits.longestWaitMs) this.#ports.drop(place);
      else if (this.#dueAt(place) <= now && due.length < AT_ONCE) due.push(place);
    }
    try {
      await this.#tell(due, now);
    } catch (error) {
      this.#ports.failed('tell of gaps', error);
    }
  }

  async #tell(due: readonly WaitingPlace[], now: number): Promise<void> {
    for (const [shard, places] of Map.groupBy(due, (place) => place.shard)) {
      const byId = new Map(places.map((place) => [place.eventId, place]));
      const parked = await this.#ports.rooms.findParked(shard, [...byId.keys()]);
      const gaps = parked.map((row) => {
        const place = byId.get(row.eventId);
        const missingEventIds = place?.missingEventIds ?? row.missingEventIds;
        return { parked: { ...row, missingEventIds }, attempt: this.#count({ shard, eventId: row.eventId }, now) };
      });
      await this.#ports.gaps.announce(gaps);
    }
  }

  #dueAt(place: WaitingPlace): number {
    if (place.inChain === 'between') return Infinity;
    const first = place.inChain === 'first' ? 0 : place.parkedAt + this.#limits.chainPauseMs;
    return this.#told.get(keyOf(place))?.nextAt ?? first;
  }

  #count(place: Pick<WaitingPlace, 'shard' | 'eventId'>, now: number): number {
    const attempt = (this.#told.get(keyOf(place))?.attempt ?? 0) + 1;
    const pauseMs = Math.min(this.#limits.pauseMs * 2 ** (attempt - 1), this.#limits.longestPauseMs);
    this.#told.set(keyOf(place), { attempt, nextAt: now + pauseMs });
    return attempt;
  }

  #forgetOthers(waiting: readonly WaitingPlace[]): void {
    const present = new Set(waiting.map(keyOf));
    for (const key of this.#told.keys()) if (!present.has(key)) this.#told.delete(key);
  }
}

function keyOf({ shard, eventId }: Pick<WaitingPlace, 'shard' | 'eventId'>): string {
  return `${shard} ${eventId}`;
}
