import { setTimeout } from 'node:timers/promises';
import { FRESHNESS_RULES, PolledGenerations, ProcessCaches } from '@plexus/cache';
import type { NamedCache } from '@plexus/cache';
import { MemoryCacheStore } from '@plexus/cache-memory';
import type { Clock } from '@plexus/matrix-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { GenerationGate } from '../generation/generation-gate.ts';
import { PostgresDatabase } from '../postgres/postgres-database.ts';
import { PostgresGenerationRow } from './postgres-generation-row.ts';

const realClock: Clock = {
  now: () => performance.now(),
  delay: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
};

describe('Caches, when Postgres has lost commits', () => {
  let test: TestDatabase;
  let stops: (() => Promise<unknown>)[];
  beforeEach(async () => {
    test = await createTestDatabase();
    stops = [];
  });
  afterEach(async () => {
    for (const stop of stops.toReversed()) await stop();
    await test.drop();
  });

  /** The cache of a process of its own, over a store that all share. */
  async function openCache(store: MemoryCacheStore): Promise<NamedCache<string>> {
    const generations = new PolledGenerations({
      row: new PostgresGenerationRow(test.database),
      store,
      clock: realClock,
      rules: FRESHNESS_RULES,
      onError: () => {},
    });
    await generations.start();
    stops.push(() => generations.stop());
    const caches = new ProcessCaches(
      { globalFactor: 1, perCacheFactors: {} },
      { store, generations, clock: realClock, nextChangeId: () => '', onStoreError: () => {} },
    );
    return caches.open({
      name: 'profiles',
      kind: 'mutable',
      codec: { encode: (text) => Buffer.from(text), decode: (bytes) => Buffer.from(bytes).toString() },
    });
  }

  /** A process connects to what is there now: another Postgres than the rows were on before. */
  async function failOver({ keepsCommits }: { readonly keepsCommits: boolean }): Promise<void> {
    const former = `regexp_replace(postgres_lineage(), '/.*', '/000000AA')`;
    await test.database.query(`update deployment set lineage = ${former}`);
    await test.database.query(`update account_lineage set lineage = ${former}`);
    const gate = new GenerationGate({ urls: { rooms: test.url, accounts: test.url }, keepsCommits });
    const database = new PostgresDatabase({ url: test.url, applicationName: 'plexus test', admit: gate.admitToBoth });
    stops.push(() => database.close());
    await database.query('select 1');
  }

  it('serve nothing of before, as soon as somebody has connected', async () => {
    const store = new MemoryCacheStore(realClock);
    await readFrom(await openCache(store), 'lost');
    const other = await openCache(store);
    expect(await readFrom(other, 'kept')).toBe('lost');
    await failOver({ keepsCommits: false });
    await expect.poll(() => readFrom(other, 'kept')).toBe('kept');
    // Not from the shared level either, which goes on.
    expect(await readFrom(await openCache(store), 'kept')).toBe('kept');
    await expect.poll(async () => readFrom(await openCache(store), 'not asked for')).toBe('kept');
  });

  it('go on where the one that was promoted has everything', async () => {
    const store = new MemoryCacheStore(realClock);
    await readFrom(await openCache(store), 'acknowledged');
    await failOver({ keepsCommits: true });
    expect(await readFrom(await openCache(store), 'read again')).toBe('acknowledged');
  });
});

async function readFrom(cache: NamedCache<string>, stored: string): Promise<string | undefined> {
  return cache.get('@alice:one.example', async () => stored);
}
