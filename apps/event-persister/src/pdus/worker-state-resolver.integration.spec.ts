import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '@plexus/storage';
import type { StoredEvent } from '@plexus/storage';
import { PostgresRoomOwnerReader } from '@plexus/storage-postgres';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildSend, buildState, ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import type { ResolutionCost, ResolutionTask } from './state-resolver.ts';
import { WorkerStateResolver } from './worker-state-resolver.ts';

const FORMER_LEVELS = 120;

/** Counts what is asked of Postgres. */
class CountingReader extends PostgresRoomOwnerReader {
  chains = 0;
  pages = 0;
  /** Awaited before chains of a room are read. */
  before: ((roomNid: number, shard: number) => Promise<void> | undefined) | undefined;

  override async findAuthChains(
    ...[shard, roomNid, ...rest]: Parameters<PostgresRoomOwnerReader['findAuthChains']>
  ): Promise<StoredEvent[]> {
    this.chains += 1;
    await this.before?.(roomNid, shard);
    return super.findAuthChains(shard, roomNid, ...rest);
  }

  override listCitingEvents(
    ...asked: Parameters<PostgresRoomOwnerReader['listCitingEvents']>
  ): ReturnType<PostgresRoomOwnerReader['listCitingEvents']> {
    this.pages += 1;
    return super.listCitingEvents(...asked);
  }
}

describe('WorkerStateResolver', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let resolver: WorkerStateResolver;
  let reader: CountingReader;
  let costs: ResolutionCost[];
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    reader = new CountingReader(test.database, ROOM_SHARDS);
    costs = [];
    resolver = new WorkerStateResolver(reader, (cost) => costs.push(cost));
  });
  afterEach(async () => {
    await resolver.stop();
    await harness.stop();
    await test.drop();
  });

  it.each(['1', '11', '12'] as const)(
    'reads a long chain of former power levels in few rounds (version %s)',
    async (version) => {
      const { roomId, command } = buildCreateRoom({ creator: ALICE, version }, harness.servers);
      await harness.store(command);
      const [early = ''] = await harness.store(
        buildSend(roomId, buildState('m.room.topic', '', ALICE, { topic: 'early' })),
      );
      const users = version === '12' ? {} : { [ALICE]: 100 };
      for (let at = 0; at < FORMER_LEVELS; at += 1) {
        const content = { users: { ...users, '@some:one.example': at % 2 } };
        await harness.store(buildSend(roomId, buildState('m.room.power_levels', '', ALICE, content)));
      }
      const [late = ''] = await harness.store(
        buildSend(roomId, buildState('m.room.topic', '', ALICE, { topic: 'late' })),
      );
      const room = await harness.rooms.findRoom(roomId);
      const resolved = await resolver.resolve({
        shard: room?.shard ?? 0,
        roomNid: room?.roomNid ?? 0,
        roomId,
        roomVersion: version,
        conflicts: [{ type: 'm.room.topic', stateKey: '', eventNids: await numbersOf(roomId, [early, late]) }],
        base: room?.currentRoot ?? 0,
        uncommitted: [],
      });
      const [eventNid] = await numbersOf(roomId, [late]);
      expect(resolved).toEqual([{ type: 'm.room.topic', stateKey: '', eventNid }]);
      expect(reader.chains).toBeLessThanOrEqual(6);
      expect(reader.pages).toBeLessThanOrEqual(6);
    },
  );

  it('goes on with one room while another one’s events are being read', async () => {
    const [slow, quick] = [await forkedRoom(), await forkedRoom()];
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    reader.before = (roomNid, shard) => (roomNid === slow.roomNid && shard === slow.shard ? released : undefined);
    const first = resolver.resolve(slow);
    const second = await resolver.resolve(quick);
    expect(second.map(({ type }) => type)).toEqual(['m.room.topic']);
    release();
    expect((await first).map(({ type }) => type)).toEqual(['m.room.topic']);
    expect(costs.map(({ roomId, states }) => [roomId, states])).toEqual([
      [quick.roomId, 2],
      [slow.roomId, 2],
    ]);
    const [short, long] = costs;
    expect(long?.readMs).toBeGreaterThan(short?.readMs ?? Infinity);
    expect(costs.every(({ threadMs }) => threadMs > 0)).toBe(true);
  });

  it('fails a resolution whose events cannot be read, and goes on with the next', async () => {
    const [broken, whole] = [await forkedRoom(), await forkedRoom()];
    reader.before = () => Promise.reject(new StorageError('away'));
    await expect(resolver.resolve(broken)).rejects.toThrow('away');
    reader.before = undefined;
    expect(await resolver.resolve(whole)).toHaveLength(1);
  });

  async function numbersOf(roomId: string, eventIds: readonly string[]): Promise<(number | undefined)[]> {
    const { shard = 0, roomNid = 0 } = (await harness.rooms.findRoom(roomId)) ?? {};
    const found = await harness.rooms.findEventsById(shard, roomNid, eventIds);
    return eventIds.map((eventId) => found.get(eventId)?.eventNid);
  }

  async function forkedRoom(): Promise<ResolutionTask> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE, version: '11' }, harness.servers);
    await harness.store(command);
    const topics: string[] = [];
    for (const topic of ['early', 'late']) {
      topics.push(...(await harness.store(buildSend(roomId, buildState('m.room.topic', '', ALICE, { topic })))));
    }
    const room = await harness.rooms.findRoom(roomId);
    return {
      shard: room?.shard ?? 0,
      roomNid: room?.roomNid ?? 0,
      roomId,
      roomVersion: '11',
      conflicts: [{ type: 'm.room.topic', stateKey: '', eventNids: await numbersOf(roomId, topics) }],
      base: room?.currentRoot ?? 0,
      uncommitted: [],
    };
  }

  it('reads an auth chain by generations, and what cites an event page by page', async () => {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    const [create = '', member = '', levels = ''] = await harness.store(command);
    const stored: string[] = [];
    for (let at = 0; at < 5; at += 1) {
      stored.push(...(await harness.store(buildSend(roomId, buildState('m.test', String(at), ALICE, {})))));
    }
    const { shard = 0, roomNid = 0 } = (await harness.rooms.findRoom(roomId)) ?? {};
    const ids = async (limit: number): Promise<string[]> =>
      (await reader.findAuthChains(shard, roomNid, [stored[0] ?? ''], limit)).map(({ eventId }) => eventId);
    expect(await ids(1)).toEqual([stored[0]]);
    expect(new Set(await ids(100))).toEqual(new Set([stored[0], create, member, levels]));
    expect(await reader.findAuthChains(shard, roomNid + 1, [create], 100)).toEqual([]);

    const eventNid = (await reader.findEventsById(shard, roomNid, [levels])).get(levels)?.eventNid ?? 0;
    const first = (await reader.listCitingEvents(shard, [{ eventNid, before: undefined }], 3)).get(eventNid) ?? [];
    expect(first.map(({ eventId }) => eventId)).toEqual(stored.slice(2).toReversed());
    const before = first.at(-1)?.eventNid;
    const next = (await reader.listCitingEvents(shard, [{ eventNid, before }], 100)).get(eventNid) ?? [];
    expect(next.slice(0, 2).map(({ eventId }) => eventId)).toEqual(stored.slice(0, 2).toReversed());
  });
});
