import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresDatabase } from '../postgres/postgres-database.ts';
import { GenerationGate } from './generation-gate.ts';
import type { LineageMove } from './generation-gate.ts';
import { raiseGeneration } from './raise-generation.ts';

describe('GenerationGate', () => {
  let test: TestDatabase;
  let opened: PostgresDatabase[];
  let moves: LineageMove[];
  beforeEach(async () => {
    test = await createTestDatabase();
    [opened, moves] = [[], []];
  });
  afterEach(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await test.drop();
  });

  /** A process of its own. */
  function processOf({ keepsCommits = false } = {}): { gate: GenerationGate; database: PostgresDatabase } {
    const urls = { rooms: test.url, accounts: test.url };
    const gate = new GenerationGate({ urls, keepsCommits, moved: (move) => moves.push(move) });
    const database = new PostgresDatabase({ url: test.url, applicationName: 'plexus test', admit: gate.admitToBoth });
    opened.push(database);
    return { gate, database };
  }

  async function one(text: string): Promise<Record<string, unknown>> {
    return (await test.database.query(text)).rows[0] ?? {};
  }

  /** As if the rows had been on another Postgres until now. */
  async function comeFrom(change: (lineage: string) => string): Promise<void> {
    const { lineage } = await one('select postgres_lineage() as lineage');
    const former = change(String(lineage));
    await test.database.query('update deployment set lineage = $1', [former]);
    await test.database.query('update account_lineage set lineage = $1', [former]);
  }

  it('notes on which Postgres the rows are, and admits everybody there', async () => {
    const { gate, database } = processOf();
    await database.query('select 1');
    expect(gate.current()).toBe(1);
    const { lineage } = await one('select lineage from deployment');
    expect(lineage).toMatch(/^\d+\/[0-9A-F]{8}$/);
    expect(await one('select lineage from account_lineage')).toEqual({ lineage });
    await processOf().database.query('select 1');
    expect(moves).toEqual([]);
    expect(await one('select count(*)::int as n from generation_starts')).toEqual({ n: 0 });
  });

  it('raises the generation once where the rows may lack commits, however many come at once', async () => {
    await test.database.query(
      `update room_shards set position = 7, epoch = 3, owner_address = 'former' where shard = 2`,
    );
    await test.database.query('update room_shards set last_event_nid = 9');
    await comeFrom(otherTimeline);
    const processes = Array.from({ length: 4 }, () => processOf());
    await Promise.all(processes.map(({ database }) => database.query('select 1')));
    const { generation } = await one('select generation from deployment');
    expect(generation).toBeGreaterThan(1);
    expect(processes.map(({ gate }) => gate.current())).toEqual(processes.map(() => generation));
    expect(moves.filter(({ isRaised }) => isRaised).length).toBeGreaterThan(0);
    expect(
      await one('select count(distinct generation)::int as n, count(*)::int as rows from generation_starts'),
    ).toEqual({
      n: 1,
      rows: 4,
    });
    expect(await one('select position::int from generation_starts where shard = 2')).toEqual({ position: 7 });
    const shard = await one(
      'select *, epoch > 3 as is_fenced, last_event_nid > 1000000 as is_apart from room_shards where shard = 2',
    );
    expect(shard).toMatchObject({ generation, owner_address: null, is_fenced: true, is_apart: true });
    expect(Number(shard['position'])).toBe(7);
  });

  it('tells a process that was there before, when it connects again', async () => {
    const { gate, database } = processOf();
    await database.query('select 1');
    const heard: number[] = [];
    gate.onRaised((generation) => heard.push(generation));
    const generation = await raiseGeneration({ urls: { rooms: test.url, accounts: test.url }, endsSessions: true });
    await expect.poll(() => database.query('select 1').then(() => gate.current(), String)).toBe(generation);
    expect(heard).toEqual([generation]);
  });

  it('keeps the generation where a promoted standby has everything', async () => {
    await comeFrom(otherTimeline);
    const { gate, database } = processOf({ keepsCommits: true });
    await database.query('select 1');
    expect(gate.current()).toBe(1);
    expect(moves).toMatchObject([
      { area: 'rooms', isRaised: false },
      { area: 'accounts', isRaised: false },
    ]);
  });

  it('raises it for another cluster, whatever its standby has', async () => {
    await comeFrom(otherCluster);
    const { gate, database } = processOf({ keepsCommits: true });
    await database.query('select 1');
    expect(gate.current()).toBeGreaterThan(1);
  });

  it('raises it once where several find that commits are lost', async () => {
    const processes = [processOf(), processOf()];
    await Promise.all(processes.map(({ database }) => database.query('select 1')));
    await Promise.all(processes.map(({ gate }) => gate.commitsLost()));
    // Its own session was ended as well.
    await expect.poll(() => one(COUNT_GENERATIONS).catch(String)).toEqual({ n: 1 });
  });

  it('gives a number that was never given, whatever a backup has forgotten', async () => {
    const urls = { rooms: test.url, accounts: test.url };
    const first = await raiseGeneration({ urls });
    await test.database.query('update deployment set generation = 1');
    await expect.poll(() => raiseGeneration({ urls }), { timeout: 5_000 }).toBeGreaterThan(first);
  });
});

const COUNT_GENERATIONS = 'select count(distinct generation)::int as n from generation_starts';

function otherTimeline(lineage: string): string {
  return lineage.replace(/\/.*/, '/000000AA');
}

function otherCluster(lineage: string): string {
  return lineage.replace(/.*\//, '42/');
}
