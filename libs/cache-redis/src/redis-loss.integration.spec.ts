import { setTimeout as pause } from 'node:timers/promises';
import { FRESHNESS_RULES, PolledGenerations, ProcessCaches } from '@plexus/cache';
import type { GenerationRow, GenerationState, NamedCache } from '@plexus/cache';
import { checkFreshness } from '@plexus/testing';
import type { ChangeRecord, Commit, ReadRecord } from '@plexus/testing';
import { describe, expect, it } from 'vitest';
import { ask } from '../../../tests/support/servers/redis-groups.ts';
import { createRedis } from '../../../tests/support/servers/redis.ts';
import type { TestServer } from '../../../tests/support/servers/server-process.ts';
import { waitUntil } from '../../../tests/support/servers/wait-until.ts';
import { TcpProxy } from '../../../tests/support/tcp-proxy.ts';
import { RedisCacheStore } from './redis-store.ts';

/** Long times are shortened, so that a test sees the shared level fill again. */
const RULES = { ...FRESHNESS_RULES, closedMs: 1_200, promptMs: 400 };
const clock = { now: () => performance.now(), delay: (ms: number) => pause(ms) };
const WITHIN_MS = 20_000;
/** What a look-up takes at most, and much more than it takes in most cases: a command's time, and what a busy machine takes besides. */
const LONGEST_MS = 2_000;

interface Loss {
  readonly name: string;
  readonly fail: (place: Place) => Promise<void> | void;
  readonly heal: (place: Place) => Promise<void> | void;
}

interface Place {
  readonly redis: TestServer;
  readonly proxy: TcpProxy;
}

const LOSSES: readonly Loss[] = [
  { name: 'hangs', fail: ({ redis }) => redis.signal('SIGSTOP'), heal: ({ redis }) => redis.signal('SIGCONT') },
  { name: 'is killed, and starts again empty', fail: ({ redis }) => redis.kill(), heal: ({ redis }) => redis.start() },
  { name: 'is emptied', fail: async ({ redis }) => void (await ask(portOf(redis), ['FLUSHALL'])), heal: () => {} },
  { name: 'is slow', fail: ({ proxy }) => proxy.slow(60), heal: ({ proxy }) => proxy.slow(0) },
  { name: 'is too slow', fail: ({ proxy }) => proxy.slow(200), heal: ({ proxy }) => proxy.slow(0) },
  { name: 'is cut off', fail: ({ proxy }) => proxy.partition(), heal: ({ proxy }) => proxy.heal() },
  { name: 'goes without a word', fail: ({ proxy }) => proxy.abandon(), heal: () => {} },
];

describe('while Redis', () => {
  it.concurrent.each(LOSSES)('$name, reads and changes take longer, and nothing else', async (loss) => {
    const redis = await createRedis();
    await redis.start();
    const proxy = await TcpProxy.open({ host: '127.0.0.1', port: portOf(redis) });
    try {
      const traffic = await loseAndUseAgain({ redis, proxy }, loss);
      expect(checkFreshness(traffic).slice(0, 3)).toEqual([]);
      expect(traffic.failures).toEqual([]);
      expect(traffic.longestReadMs).toBeLessThan(LONGEST_MS);
    } finally {
      await proxy.close();
      await redis.dispose();
    }
  });
});

async function loseAndUseAgain(place: Place, { fail, heal }: Loss): Promise<Traffic> {
  const traffic = new Traffic(`redis://127.0.0.1:${place.proxy.port}`);
  await traffic.start();
  await traffic.isAnsweredByRedis();
  await fail(place);
  const [reads, changes] = [traffic.reads.length, traffic.changes.length];
  await waitUntil('reads and changes without Redis', WITHIN_MS, () => {
    return traffic.reads.length > reads + 20 && traffic.changes.length > changes + 5;
  });
  await heal(place);
  // Those that are on their way may have been answered before.
  await traffic.isAnsweredByRedis();
  await traffic.isAnsweredByRedis();
  await traffic.stop();
  return traffic;
}

function portOf({ address }: TestServer): number {
  return Number(new URL(address).port);
}

/** @NOTE Which of them was being changed when Redis failed cannot be filled for a minute. */
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Two processes that read some values all the time, which one of them changes. */
class Traffic {
  readonly reads: ReadRecord[] = [];
  readonly changes: ChangeRecord[] = [];
  readonly failures: unknown[] = [];
  longestReadMs = 0;
  readonly #commits = new Map<string, Commit[]>(KEYS.map((key) => [key, []]));
  readonly #row = new MemoryGenerationRow();
  readonly #processes: Process[];
  readonly #working: Promise<void>[] = [];
  #isStopped = false;
  #order = 0;

  constructor(url: string) {
    this.#processes = [openProcess(url, this.#row), openProcess(url, this.#row)];
  }

  async start(): Promise<void> {
    for (const { store, generations } of this.#processes) {
      await store.connected();
      await generations.start();
    }
    for (const [index, { cache }] of this.#processes.entries())
      this.#working.push(this.#keepOn(5, (key) => this.#read(index, cache, key)));
    const [first] = this.#processes;
    if (first !== undefined) this.#working.push(this.#keepOn(60, (key) => this.#change(first.cache, key)));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#working);
    for (const { store, generations } of this.#processes) {
      await generations.stop();
      await store.close();
    }
  }

  /** Resolves when the shared level has answered once more. */
  async isAnsweredByRedis(): Promise<void> {
    const hits = this.#sharedHits();
    await waitUntil('an answer of the shared level', WITHIN_MS, () => this.#sharedHits() > hits);
  }

  commitsOf(key: string): Commit[] {
    return this.#commits.get(key) ?? [];
  }

  #sharedHits(): number {
    const stats = this.#processes.flatMap(({ caches }) => caches.stats());
    return stats.reduce((sum, { shared }) => sum + (shared?.hits ?? 0), 0);
  }

  /** With one key after the other. */
  async #keepOn(everyMs: number, work: (key: string) => Promise<void>): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn += 1) {
      await work(KEYS[turn % KEYS.length] ?? '').catch((error: unknown) => this.failures.push(error));
      await pause(everyMs);
    }
  }

  async #read(process: number, cache: NamedCache<number>, key: string): Promise<void> {
    const [startedAt, started] = [clock.now(), ++this.#order];
    const version = (await cache.get(key, async () => this.commitsOf(key).length || undefined)) ?? 0;
    this.reads.push({ process, key, version, startedAt, started, ended: ++this.#order });
    this.longestReadMs = Math.max(this.longestReadMs, clock.now() - startedAt);
  }

  async #change(cache: NamedCache<number>, key: string): Promise<void> {
    const commits = this.commitsOf(key);
    const version = await cache.change([key], async () => {
      return commits.push({ version: commits.length + 1, at: clock.now() });
    });
    this.changes.push({ process: 0, key, version, ended: ++this.#order });
  }
}

interface Process {
  readonly store: RedisCacheStore;
  readonly generations: PolledGenerations;
  readonly caches: ProcessCaches;
  readonly cache: NamedCache<number>;
}

let lastToken = 0;

function nextToken(): string {
  lastToken += 1;
  return `token${lastToken}`;
}

function openProcess(url: string, row: GenerationRow): Process {
  const store = new RedisCacheStore({ place: { kind: 'single', url }, nextLease: nextToken });
  const generations = new PolledGenerations({ row, store, clock, rules: RULES, onError: () => {} });
  const caches = new ProcessCaches(
    { globalFactor: 1, perCacheFactors: {} },
    { store, generations, clock, rules: RULES, nextChangeId: nextToken, onStoreError: () => {} },
  );
  const codec = {
    encode: (version: number) => Buffer.from(String(version)),
    decode: (bytes: Uint8Array) => Number(Buffer.from(bytes).toString()),
  };
  return { store, generations, caches, cache: caches.open<number>({ name: 'rooms', kind: 'mutable', codec }) };
}

/** Stands for the row in Postgres, which does not fail here. */
class MemoryGenerationRow implements GenerationRow {
  #generation = 1;
  #home: string | undefined;
  #isSettled = false;
  #closedUntil = 0;

  async read(): Promise<GenerationState> {
    const closedForMs = Math.max(0, this.#closedUntil - clock.now());
    return { generation: this.#generation, home: this.#home, isSettled: this.#isSettled, closedForMs };
  }

  async raise(closedMs: number, seen = this.#generation): Promise<void> {
    if (seen !== this.#generation) return;
    this.#generation += 1;
    this.#isSettled = false;
    this.#closedUntil = clock.now() + closedMs;
  }

  async claim(generation: number, home: string): Promise<void> {
    if (generation !== this.#generation || this.#isSettled) return;
    this.#home = home;
    this.#isSettled = true;
  }
}
