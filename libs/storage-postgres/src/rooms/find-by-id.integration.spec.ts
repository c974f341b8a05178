import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresRoomOwnerReader } from './postgres-room-owner-reader.ts';

const [SHARD, ROOM, OTHER_ROOM] = [3, 7, 8];

let test: TestDatabase;
let reader: PostgresRoomOwnerReader;
beforeAll(async () => {
  test = await createTestDatabase();
  reader = new PostgresRoomOwnerReader(test.database, 8);
  await store(SHARD, ROOM, 1, '$create', []);
  await store(SHARD, ROOM, 2, '$levels', ['$create']);
  await store(SHARD, ROOM, 3, '$member', ['$levels', ['$create', { sha256: 'of version 1' }], '$elsewhere', '$absent']);
  await store(SHARD, OTHER_ROOM, 4, '$elsewhere', ['$create']);
  await store(SHARD + 1, ROOM, 2, '$far', []);
});
afterAll(() => test.drop());

async function store(
  shard: number,
  roomNid: number,
  eventNid: number,
  eventId: string,
  authEvents: readonly unknown[],
): Promise<void> {
  await test.database.query(
    `insert into events (shard, event_nid, room_nid, auth_depth, status, event_id, json) values ($1, $2, $3, 0, 0, $4, $5)`,
    [shard, eventNid, roomNid, eventId, Buffer.from(JSON.stringify({ auth_events: authEvents }))],
  );
}

async function chain(from: readonly string[], limit: number): Promise<string[]> {
  return (await reader.findAuthChains(SHARD, ROOM, from, limit)).map(({ eventId }) => eventId);
}

it('finds events of a room by their ids, none of another room or shard, each once', async () => {
  const asked = ['$member', '$elsewhere', '$far', '$absent', '$create', '$member'];
  const found = await reader.findEventsById(SHARD, ROOM, asked);
  expect([...found].map(([eventId, { eventNid }]) => [eventId, eventNid]).sort()).toEqual([
    ['$create', 1],
    ['$member', 3],
  ]);
  expect(new Map([...(await reader.findEventNids(SHARD, ROOM, asked))].sort())).toEqual(
    new Map([
      ['$create', 1],
      ['$member', 3],
    ]),
  );
});

it('follows what events cite within the room, the nearest first', async () => {
  expect((await chain(['$member', '$far'], 10)).sort()).toEqual(['$create', '$levels', '$member']);
  expect(await chain(['$elsewhere'], 10)).toEqual([]);
  expect(await chain(['$member'], 1)).toEqual(['$member']);
});
