import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildSend, buildState, ROOM_SHARDS } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, startPersister } from '../../test-support/persister-harness.ts';
import { readState, RemoteServer } from '../../test-support/remote-server.ts';
import { roomShardOf } from '@plexus/storage';
import { PostgresRoomOwnerReader } from '@plexus/storage-postgres';
import type { ConflictResolver, ResolutionCost } from './state-resolver.ts';
import { WorkerStateResolver } from './worker-state-resolver.ts';

const RHEA = '@rhea:remote.example';
const FORMER_LEVELS = 12;
/** Two states differ in more entries than are resolved on the main thread. */
const KEYS = 210;

/** Counts the events that the persister itself reads, each of which it parses. */
class CountingReader extends PostgresRoomOwnerReader {
  events = 0;

  override async findEvents(...asked: Parameters<PostgresRoomOwnerReader['findEvents']>): Promise<FoundEvents> {
    const found = await super.findEvents(...asked);
    this.events += found.size;
    return found;
  }
}

type FoundEvents = Awaited<ReturnType<PostgresRoomOwnerReader['findEvents']>>;

let test: TestDatabase;
let harness: PersisterHarness;
let resolver: ConflictResolver;
let tasks: number;
/** Of what attempts have resolved themselves. */
let costs: ResolutionCost[];
/** What happens while a resolution is under way. */
let meanwhile: (() => Promise<unknown>) | undefined;
let reader: CountingReader;
beforeEach(async () => {
  test = await createTestDatabase();
  tasks = 0;
  costs = [];
  meanwhile = undefined;
  const worker = new WorkerStateResolver(new PostgresRoomOwnerReader(test.database, ROOM_SHARDS));
  resolver = {
    async resolve(task) {
      tasks += 1;
      const resolved = await worker.resolve(task);
      await meanwhile?.();
      return resolved;
    },
    resolved: (cost) => void costs.push(cost),
  };
  // Whoever remembers no events reads one generation of them at each attempt.
  const memoryLimits = { rooms: 100, nodes: 1_000, eventBytes: 1 };
  reader = new CountingReader(test.database, ROOM_SHARDS);
  harness = await startPersister(test, { ports: { resolver, rooms: reader }, memoryLimits });
  return () => worker.stop();
});
afterEach(async () => {
  await harness.stop();
  await test.drop();
});

it('tells how many states an attempt has resolved itself, and what it took', async () => {
  await harness.stop();
  harness = await startPersister(test, { ports: { resolver } });
  const { roomId, command } = buildCreateRoom({ creator: ALICE, powerLevels: levels(0) }, harness.servers);
  await harness.store(command);
  const remote = new RemoteServer(harness);
  const member = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
  const base = await remote.send(roomId, member);
  const topic = { type: 'm.room.topic', sender: RHEA, stateKey: '', content: { topic: 'forked' } };
  const forked = await remote.build(roomId, { ...topic, prevEvents: [base] });
  await harness.store(buildSend(roomId, buildState('m.room.topic', '', ALICE, { topic: 'here' })));
  await remote.deliver([forked]);
  expect(tasks).toBe(0);
  expect(costs[0]).toEqual({ roomId, states: 2, threadMs: expect.any(Number), readMs: 0 });
  expect(costs.every(({ threadMs }) => threadMs > 0)).toBe(true);
});

it('hands a resolution that goes back through many generations of events to the worker', async () => {
  const { roomId, command } = buildCreateRoom({ creator: ALICE, powerLevels: levels(0) }, harness.servers);
  await harness.store(command);
  const remote = new RemoteServer(harness);
  await remote.send(roomId, { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } });
  const [base = ''] = await harness.store(buildSend(roomId, buildState('m.room.topic', '', ALICE, { topic: 'base' })));
  const forked = await remote.build(roomId, {
    type: 'm.room.topic',
    sender: RHEA,
    stateKey: '',
    content: { topic: 'forked' },
    prevEvents: [base],
  });
  for (let at = 1; at <= FORMER_LEVELS; at += 1) {
    await harness.store(buildSend(roomId, buildState('m.room.power_levels', '', ALICE, levels(at))));
  }
  await remote.deliver([forked]);
  expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ outcome: 'stored', status: 'accepted' });
  expect(tasks).toBe(1);
});

it('leaves it to the worker to read what a large conflict is about', async () => {
  const { roomId, command } = buildCreateRoom({ creator: ALICE, powerLevels: levels(0) }, harness.servers);
  await harness.store(command);
  const remote = new RemoteServer(harness);
  const member = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
  const base = await remote.send(roomId, member);
  const key = { type: 'm.test', sender: RHEA, stateKey: 'forked', content: {} };
  const forked = await remote.build(roomId, { ...key, prevEvents: [base] });
  const keys = Array.from({ length: KEYS }, (_, index) => `key ${index}`);
  await Promise.all(keys.map((own) => harness.store(buildSend(roomId, buildState('m.test', own, ALICE, {})))));
  reader.events = 0;
  await remote.deliver([forked]);
  expect(harness.observer.receipts.at(-1)?.received).toMatchObject({ outcome: 'stored', status: 'accepted' });
  expect(tasks).toBe(1);
  expect(reader.events).toBeLessThan(KEYS / 4);
});

it('names an event that is not stored yet by the number that it gets in the end', async () => {
  const { roomId, command } = buildCreateRoom({ creator: ALICE, powerLevels: levels(0) }, harness.servers);
  await harness.store(command);
  const shard = roomShardOf(roomId, ROOM_SHARDS);
  const others = Array.from({ length: 20 }, () => buildCreateRoom({ creator: ALICE }, harness.servers));
  const other = others.find((made) => roomShardOf(made.roomId, ROOM_SHARDS) === shard);
  if (other === undefined) throw new Error('no room of the same shard');
  meanwhile = () => harness.store(other.command);
  const remote = new RemoteServer(harness);
  const member = { type: 'm.room.member', sender: RHEA, stateKey: RHEA, content: { membership: 'join' } };
  const base = await remote.send(roomId, member);
  const key = { type: 'm.test', sender: RHEA, stateKey: 'forked', content: {} };
  const forked = await remote.build(roomId, { ...key, prevEvents: [base] });
  const keys = Array.from({ length: KEYS }, (_, index) => `key ${index}`);
  await Promise.all(keys.map((own) => harness.store(buildSend(roomId, buildState('m.test', own, ALICE, {})))));
  await remote.deliver([forked]);
  expect(tasks).toBe(1);
  const room = await harness.rooms.findRoom(roomId);
  if (room === undefined) throw new Error('no room');
  const [current] = await readState(harness.rooms, room, { root: room.currentRoot, keys: [key] });
  expect(current?.eventId).toBe(forked.eventId);
});

function levels(at: number): { users: Record<string, number> } {
  return { users: { [ALICE]: 100, [RHEA]: 60, '@some:one.example': at } };
}
