import { Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { DearestRooms } from './dearest-rooms.ts';
import type { ConflictResolver, NumberedEntry, ResolutionCost, ResolutionTask } from './pdus/state-resolver.ts';

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const STATES = [2, 3, 5, 7, 10, 15, 20, 50, 100, 200, 500];

/** What shows how states are resolved. */
export class ResolutionTelemetry {
  readonly #seconds: Histogram;
  readonly #keys: Histogram;
  readonly #states: Histogram;
  readonly #dearestRooms: DearestRooms;
  #underWay = 0;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#seconds = new Histogram({
      name: 'plexus_persister_resolution_seconds',
      help: 'Time of a resolution of states in another thread.',
      buckets: SECONDS,
      registers,
    });
    this.#keys = new Histogram({
      name: 'plexus_persister_resolution_keys',
      help: 'Keys on which the states differed that were resolved there.',
      buckets: [10, 100, 1_000, 10_000, 100_000],
      registers,
    });
    this.#states = new Histogram({
      name: 'synapse_state_number_state_groups_in_resolution',
      help: 'States in one resolution.',
      buckets: STATES,
      registers,
    });
    this.#dearestRooms = new DearestRooms(registry);
    const waiting: Gauge = new Gauge({
      name: 'plexus_persister_waiting_resolutions',
      help: 'Resolutions of states in another thread, under way or waiting.',
      registers,
      collect: () => waiting.set(this.#underWay),
    });
  }

  /** The same resolver, timed. */
  timed(resolver: ConflictResolver): ConflictResolver {
    return { resolve: (task) => this.#resolve(resolver, task), resolved: (cost) => this.resolved(cost) };
  }

  /** States were resolved, by an attempt itself or in another thread. */
  resolved(cost: ResolutionCost): void {
    this.#states.observe(cost.states);
    this.#dearestRooms.add(cost);
  }

  async #resolve(resolver: ConflictResolver, task: ResolutionTask): Promise<readonly NumberedEntry[]> {
    const done = this.#seconds.startTimer();
    this.#keys.observe(task.conflicts.length);
    this.#underWay += 1;
    try {
      return await resolver.resolve(task);
    } finally {
      this.#underWay -= 1;
      done();
    }
  }
}
