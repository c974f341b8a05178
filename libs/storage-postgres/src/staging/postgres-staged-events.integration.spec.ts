import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresStagedEvents } from './postgres-staged-events.ts';

const PLACE = { shard: 3, importId: 'import' };
const ROOM_NID = 7;

let test: TestDatabase;
let staged: PostgresStagedEvents;
beforeAll(async () => {
  test = await createTestDatabase();
  staged = new PostgresStagedEvents(test.database);
  const parts = ['auth', 'state', 'timeline', 'state'] as const;
  const events = parts.map((part, ordinal) => ({ ordinal, part, eventId: `$${ordinal}`, json: Buffer.from('{}') }));
  await staged.stageEvents(PLACE, events);
  await storeEvent({ shard: 3, eventNid: 10, roomNid: ROOM_NID, eventId: '$0', status: 1 });
  await storeEvent({ shard: 3, eventNid: 11, roomNid: ROOM_NID, eventId: '$1', status: 0 });
  await storeEvent({ shard: 3, eventNid: 12, roomNid: 8, eventId: '$3', status: 0 });
  await storeEvent({ shard: 4, eventNid: 11, roomNid: ROOM_NID, eventId: '$2', status: 0 });
  await test.database.query(`insert into redacted_copies (shard, event_nid, room_nid) values (3, 11, 7), (4, 10, 7)`);
});
afterAll(() => test.drop());

async function storeEvent(event: {
  readonly shard: number;
  readonly eventNid: number;
  readonly roomNid: number;
  readonly eventId: string;
  readonly status: number;
}): Promise<void> {
  const { shard, eventNid, roomNid, eventId, status } = event;
  await test.database.query(
    `insert into events (shard, event_nid, room_nid, auth_depth, status, event_id, json) values ($1, $2, $3, 0, $4, $5, '{}')`,
    [shard, eventNid, roomNid, status, eventId],
  );
}

it('tells of each staged event whether it is stored in the room', async () => {
  const parts = ['auth', 'state', 'timeline'] as const;
  const rows = await staged.listStaged({ ...PLACE, roomNid: ROOM_NID, parts, after: -1, limit: 10 });
  expect(rows.map(({ eventId, part, stored }) => ({ eventId, part, stored }))).toEqual([
    { eventId: '$0', part: 'auth', stored: { eventNid: 10, status: 'rejected', isRedactedCopy: false } },
    { eventId: '$1', part: 'state', stored: { eventNid: 11, status: 'accepted', isRedactedCopy: true } },
    { eventId: '$2', part: 'timeline', stored: undefined },
    { eventId: '$3', part: 'state', stored: undefined },
  ]);
});

it('gives some parts in order, page by page', async () => {
  const query = { ...PLACE, roomNid: ROOM_NID, parts: ['auth', 'state'] as const, limit: 2 };
  const first = await staged.listStaged({ ...query, after: -1 });
  const second = await staged.listStaged({ ...query, after: first.at(-1)?.ordinal ?? 0 });
  expect([first, second].map((rows) => rows.map(({ ordinal }) => ordinal))).toEqual([[0, 1], [3]]);
});
