import { CacheStoreError } from '@plexus/cache';
import type {
  CacheName,
  SharedCacheStore,
  SharedFill,
  SharedFillResult,
  SharedLimits,
  SharedRead,
  SharedSpace,
} from '@plexus/cache';
import type { Clock } from '@plexus/matrix-base';
import { readCounter } from '@plexus/service-shell';
import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

const COMMANDS = ['read', 'fill', 'begin_change', 'end_change', 'tell', 'touch'] as const;
type Command = (typeof COMMANDS)[number];

/** What Synapse's names call the commands that it has too. */
const METHODS: Partial<Record<Command, string>> = { read: 'get', fill: 'set' };

interface NameCounts {
  hits: number;
  misses: number;
  fills: number;
}

/** The same store; shows how long its commands take, how many of them fail, and what came of them, under Synapse's names too. */
export class TimedCacheStore implements SharedCacheStore {
  readonly #store: SharedCacheStore;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #seconds: Histogram;
  readonly #failures: Counter;
  readonly #methodSeconds: Histogram;
  readonly #counts = new Map<string, NameCounts>();

  constructor(store: SharedCacheStore, clock: Pick<Clock, 'now'>, registry: Registry) {
    this.#store = store;
    this.#clock = clock;
    this.#seconds = new Histogram({
      name: 'plexus_cache_shared_seconds',
      help: 'How long the shared level took for a command, failed ones included.',
      labelNames: ['command'],
      buckets: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
      registers: [registry],
    });
    this.#failures = new Counter({
      name: 'plexus_cache_shared_failures_total',
      help: 'Commands that the shared level did not answer, or refused.',
      labelNames: ['command'],
      registers: [registry],
    });
    for (const command of COMMANDS) this.#failures.inc({ command }, 0);
    this.#methodSeconds = new Histogram({
      name: 'synapse_external_cache_response_time_seconds',
      help: 'How long the shared level took to read or to fill.',
      labelNames: ['method'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
      registers: [registry],
    });
    readCounter(registry, {
      name: 'synapse_external_cache_get_total',
      help: 'Entries that the shared level was asked for, by whether it had them.',
      labels: ['cache_name', 'hit'],
      read: () =>
        [...this.#counts].flatMap(([cacheName, { hits, misses }]) => [
          [{ cache_name: cacheName, hit: 'True' }, hits] as const,
          [{ cache_name: cacheName, hit: 'False' }, misses] as const,
        ]),
    });
    readCounter(registry, {
      name: 'synapse_external_cache_set_total',
      help: 'Entries that the shared level was filled with.',
      labels: ['cache_name'],
      read: () => [...this.#counts].map(([cacheName, { fills }]) => [{ cache_name: cacheName }, fills] as const),
    });
  }

  async read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]> {
    const found = await this.#timed('read', () => this.#store.read(space, keys));
    const counts = this.#countsOf(space);
    for (const { value } of found) counts[value === undefined ? 'misses' : 'hits'] += 1;
    return found;
  }

  fill(space: SharedSpace, entries: readonly SharedFill[], limits: SharedLimits): Promise<SharedFillResult> {
    this.#countsOf(space).fills += entries.length;
    return this.#timed('fill', () => this.#store.fill(space, entries, limits));
  }

  beginChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    return this.#timed('begin_change', () => this.#store.beginChange(space, keys, changeId));
  }

  endChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    return this.#timed('end_change', () => this.#store.endChange(space, keys, changeId));
  }

  tell(name: CacheName, keys: readonly string[]): Promise<void> {
    return this.#timed('tell', () => this.#store.tell(name, keys));
  }

  /** The store did something by itself, and failed. */
  failedBeside(command: Command): void {
    this.#failures.inc({ command });
  }

  settle(generation: number, last: string | undefined): Promise<string> {
    return this.#store.settle(generation, last);
  }

  onInvalidation(listener: Parameters<SharedCacheStore['onInvalidation']>[0]): void {
    this.#store.onInvalidation(listener);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #timed<T>(command: Command, run: () => Promise<T>): Promise<T> {
    const begun = this.#clock.now();
    try {
      return await run();
    } catch (error) {
      if (error instanceof CacheStoreError) this.#failures.inc({ command });
      throw error;
    } finally {
      const seconds = (this.#clock.now() - begun) / 1_000;
      this.#seconds.observe({ command }, seconds);
      const method = METHODS[command];
      if (method !== undefined) this.#methodSeconds.observe({ method }, seconds);
    }
  }

  #countsOf({ name }: SharedSpace): NameCounts {
    const counts = this.#counts.get(name) ?? { hits: 0, misses: 0, fills: 0 };
    this.#counts.set(name, counts);
    return counts;
  }
}
