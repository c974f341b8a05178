import type { JsonObject } from '@plexus/matrix-base';
import { StateReader } from '@plexus/room-view';
import { PostgresLogBackfill } from '@plexus/storage-postgres';
import { FakeCache } from '@plexus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership, buildMessage, buildProto, buildSend } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import { FillInLog } from './fill-in-log.ts';

let test: TestDatabase;
let harness: PersisterHarness;
let roomId: string;
let fillInLog: FillInLog;
beforeAll(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
  const made = buildCreateRoom({ creator: ALICE }, harness.servers);
  ({ roomId } = made);
  await harness.store(made.command);
  await harness.store(buildMembership(roomId, { sender: ALICE, target: BOB, membership: 'invite' }));
  await harness.store(buildMembership(roomId, { sender: BOB, membership: 'join' }));
  const { rooms, servers } = harness;
  const states = new StateReader(rooms, new FakeCache());
  fillInLog = new FillInLog({ backfill: new PostgresLogBackfill(test.database), rooms, states, servers });
});
afterAll(async () => {
  await harness.stop();
  await test.drop();
});

async function say(sender: string, content: JsonObject): Promise<string> {
  const event = buildProto('m.room.message', sender, { body: 'x', msgtype: 'm.text', ...content });
  const [eventId = ''] = await harness.store(buildSend(roomId, event));
  return eventId;
}

async function rowsOf(text: string): Promise<readonly object[]> {
  return await test.database.run<object>({ name: `read_${text.length}`, text });
}

const RELATIONS = `select parent_event_id, relation_type, topological_position, event_id, event_type, sender, origin_server_ts,
  is_replacement, key_hash from event_relations order by event_nid`;
const THREADS = 'select root_event_id, reply_count, latest_topological_position, latest_event_nid from room_threads';
const HIGHLIGHTS = 'select user_id, position, thread_id, is_counted from highlights order by position, user_id';

it('makes up relations and highlights of events that were stored without them, once', async () => {
  const root = await say(ALICE, {});
  const reply = { 'm.relates_to': { rel_type: 'm.thread', event_id: root } };
  await say(BOB, { ...reply, 'm.mentions': { user_ids: [ALICE, '@far:far.example'] } });
  const redacted = await say(BOB, reply);
  await harness.store(buildSend(roomId, { ...buildProto('m.room.redaction', ALICE, {}), redacts: redacted }));
  await say(ALICE, { 'm.new_content': { body: 'y' }, 'm.relates_to': { rel_type: 'm.replace', event_id: root } });
  await say(ALICE, { 'm.mentions': { room: true } });
  await say(BOB, { 'm.mentions': { room: true } });
  const [relations, threads, highlights] = [await rowsOf(RELATIONS), await rowsOf(THREADS), await rowsOf(HIGHLIGHTS)];
  expect([relations.length, threads.length]).toEqual([2, 1]);
  expect(highlights).toMatchObject([
    { user_id: ALICE, thread_id: root, is_counted: true },
    { user_id: '', thread_id: null, is_counted: true },
  ]);

  // As an older release left it.
  await rowsOf('delete from event_relations');
  await rowsOf('delete from highlights');
  await rowsOf(
    'update events set notify_count = null, thread_notify_count = null, unread_flags = null, thread_id = null',
  );
  expect(await rowsOf(THREADS)).toEqual([]);

  const shard = (await harness.rooms.findRoom(roomId))?.shard ?? -1;
  const owned = harness.persister.shards.find(shard);
  if (owned === undefined) throw new Error('the shard is not owned');
  let pieces = 1;
  while (await fillInLog.execute(owned, 3)) pieces += 1;
  expect(pieces).toBeGreaterThan(2);
  expect(await rowsOf(RELATIONS)).toEqual(relations);
  expect(await rowsOf(THREADS)).toEqual(threads);
  expect(await rowsOf(HIGHLIGHTS)).toEqual(highlights.map((row) => ({ ...row, is_counted: false })));

  // What comes later is stored in full, and nothing is done twice.
  await rowsOf('delete from event_relations');
  await harness.store(buildMessage(roomId, ALICE, 'later'));
  expect(await fillInLog.execute(owned, 3)).toBe(false);
  expect(await rowsOf(RELATIONS)).toEqual([]);
});

it('adds nothing for a shard that another process owns', async () => {
  await rowsOf('delete from log_backfills');
  const shard = (await harness.rooms.findRoom(roomId))?.shard ?? -1;
  const backfill = new PostgresLogBackfill(test.database);
  expect(await backfill.beginBackfill(shard, 7)).toEqual({ position: 0, endsAt: 7 });
  expect(await backfill.fillIn({ shard, epoch: 1_000 }, { relations: [], highlights: [], upTo: 5 })).toBe(false);
  expect(await backfill.beginBackfill(shard, 9)).toEqual({ position: 0, endsAt: 7 });
});
