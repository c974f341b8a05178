import { CacheStoreError } from '@plexus/cache';
import type { ChangeRecord, ReadRecord } from './check-freshness.ts';
import { ModelPostgresError } from './model-process.ts';
import type { ModelProcess } from './model-process.ts';
import type { ModelWorld } from './model-world.ts';

const KEYS = ['a', 'b', 'c'];

/** How much happens, in milliseconds at most: with much many things overlap, with little nothing covers up what is old. */
export interface Pace {
  readonly betweenReadsMs: number;
  readonly betweenChangesMs: number;
}

/** Those who ask the processes, and what they saw. */
export class ModelClients {
  readonly reads: ReadRecord[] = [];
  readonly changes: ChangeRecord[] = [];
  readonly #world: ModelWorld;
  readonly #pace: Pace;

  constructor(world: ModelWorld, pace: Pace) {
    this.#world = world;
    this.#pace = pace;
  }

  /** Begins to ask a process; `number` is what it is called in the records. */
  ask(process: ModelProcess, number: number): void {
    for (let count = 0; count < 2; count += 1) void this.#keepReading(process, number);
    void this.#keepChanging(process, number);
  }

  async #keepReading(process: ModelProcess, number: number): Promise<never> {
    const world = this.#world;
    for (;;) {
      await process.delay(world.chance(0.2) ? world.between(0, 5) : world.between(5, this.#pace.betweenReadsMs));
      const keys = world.chance(0.3) ? KEYS : [world.pick(KEYS)];
      // The next may begin while this one is under way.
      expectFailures(this.#read(process, number, keys));
    }
  }

  async #keepChanging(process: ModelProcess, number: number): Promise<never> {
    const world = this.#world;
    for (;;) {
      await process.delay(world.between(20, this.#pace.betweenChangesMs));
      const keys = world.chance(0.2) ? KEYS.slice(0, 2) : [world.pick(KEYS)];
      expectFailures(this.#change(process, number, keys));
    }
  }

  async #read(process: ModelProcess, number: number, keys: readonly string[]): Promise<void> {
    const startedAt = this.#world.now;
    const started = this.#world.nextOrder();
    const found = await lookUp(process, keys);
    const ended = this.#world.nextOrder();
    for (const key of keys)
      this.reads.push({ process: number, key, version: found.get(key) ?? 0, startedAt, started, ended });
  }

  async #change(process: ModelProcess, number: number, keys: readonly string[]): Promise<void> {
    const versions = await process.cache.change(keys, () => process.commit(keys));
    const ended = this.#world.nextOrder();
    for (const [key, version] of versions) this.changes.push({ process: number, key, version, ended });
  }
}

async function lookUp(process: ModelProcess, keys: readonly string[]): Promise<Map<string, number>> {
  const [key = ''] = keys;
  if (keys.length > 1) return process.cache.getMany(keys, (missing) => process.load(missing));
  const version = await process.cache.get(key, async () => (await process.load([key])).get(key));
  return new Map(version === undefined ? [] : [[key, version]]);
}

/** What Postgres does not answer fails, and so does a change that nobody can be told of; nothing else may. */
function expectFailures(work: Promise<void>): void {
  work.catch((error: unknown) => {
    if (!(error instanceof ModelPostgresError) && !(error instanceof CacheStoreError)) throw error;
  });
}
