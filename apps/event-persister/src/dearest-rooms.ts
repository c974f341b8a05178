import { readCounter, single } from '@plexus/service-shell';
import type { Registry } from 'prom-client';
import type { ResolutionCost } from './pdus/state-resolver.ts';

/** What rooms cost is compared for so long, as Synapse does. */
const ROUND_MS = 120_000;

/**
 * What resolutions of states cost in the room in which they cost most. A room is dear for some minutes: each round adds what the dearest one of it took,
 * so that the rate tells how much of a processor one room alone takes. Which room it is stands nowhere: names are no labels.
 */
export class DearestRooms {
  readonly #now: () => number;
  #costs = new Map<string, { threadMs: number; readMs: number }>();
  #roundEndsAt = -Infinity;
  #threadSeconds = 0;
  #readSeconds = 0;

  constructor(registry: Registry, now = () => performance.now()) {
    this.#now = now;
    readCounter(registry, {
      name: 'synapse_state_res_cpu_for_biggest_room_seconds_total',
      help: 'Time of a thread for resolutions of the room for which they took most.',
      read: single(() => {
        this.#endRound();
        return this.#threadSeconds;
      }),
    });
    readCounter(registry, {
      name: 'synapse_state_res_db_for_biggest_room_seconds_total',
      help: 'Time in which resolutions of a room waited for Postgres, of the room for which it was most.',
      read: single(() => {
        this.#endRound();
        return this.#readSeconds;
      }),
    });
  }

  add({ roomId, threadMs, readMs }: ResolutionCost): void {
    this.#endRound();
    const cost = this.#costs.get(roomId) ?? { threadMs: 0, readMs: 0 };
    this.#costs.set(roomId, cost);
    cost.threadMs += threadMs;
    cost.readMs += readMs;
  }

  #endRound(): void {
    if (this.#now() < this.#roundEndsAt) return;
    this.#roundEndsAt = this.#now() + ROUND_MS;
    let [threadMs, readMs] = [0, 0];
    for (const cost of this.#costs.values()) {
      threadMs = Math.max(threadMs, cost.threadMs);
      readMs = Math.max(readMs, cost.readMs);
    }
    this.#costs = new Map();
    this.#threadSeconds += threadMs / 1_000;
    this.#readSeconds += readMs / 1_000;
  }
}
