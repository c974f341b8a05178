import { CacheStoreError } from '@plexus/cache';
import type {
  SharedCacheStore,
  SharedFill,
  SharedFillResult,
  SharedLimits,
  SharedRead,
  SharedSpace,
} from '@plexus/cache';
import type { Clock } from '@plexus/matrix-base';
import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

const COMMANDS = ['read', 'fill', 'begin_change', 'end_change'] as const;
type Command = (typeof COMMANDS)[number];

/** The same store; shows how long its commands take, and how many of them fail. */
export class TimedCacheStore implements SharedCacheStore {
  readonly #store: SharedCacheStore;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #seconds: Histogram;
  readonly #failures: Counter;

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
  }

  read(space: SharedSpace, keys: readonly string[]): Promise<SharedRead[]> {
    return this.#timed('read', () => this.#store.read(space, keys));
  }

  fill(space: SharedSpace, entries: readonly SharedFill[], limits: SharedLimits): Promise<SharedFillResult> {
    return this.#timed('fill', () => this.#store.fill(space, entries, limits));
  }

  beginChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    return this.#timed('begin_change', () => this.#store.beginChange(space, keys, changeId));
  }

  endChange(space: SharedSpace, keys: readonly string[], changeId: string): Promise<void> {
    return this.#timed('end_change', () => this.#store.endChange(space, keys, changeId));
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
      this.#seconds.observe({ command }, (this.#clock.now() - begun) / 1_000);
    }
  }
}
