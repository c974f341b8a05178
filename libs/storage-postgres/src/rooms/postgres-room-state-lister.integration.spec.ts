import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { PostgresRoomStateLister } from './postgres-room-state-lister.ts';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
  await test.database.query(
    `insert into rooms (shard, room_nid, room_id, room_version, current_root, forward_extremities, depth, topological_position)
     select 1, n, '!' || n, '10', n * 10, '{}', 1, 1 from generate_series(1, 5) n`,
    [],
  );
  await test.database.query(
    `insert into room_servers (shard, room_nid, server_name, joined_count) values
       (1, 1, 'one.example', 1), (1, 2, 'one.example', 1), (1, 2, 'far.example', 2), (1, 3, 'far.example', 0)`,
    [],
  );
  await test.database.query(
    `insert into room_log (shard, position, room_nid, kind, previous_root, current_root) values
       (1, 1, 5, 1, 0, 0), (1, 2, 2, 1, 0, 0), (1, 3, 1, 1, 0, 0), (1, 4, 2, 1, 0, 0), (1, 5, 0, 1, 0, 0), (2, 6, 4, 1, 0, 0)`,
    [],
  );
});
afterEach(() => test.drop());

describe('the rooms of a shard with their states', () => {
  it('are listed a page at a time, with whether other servers are in them', async () => {
    const lister = new PostgresRoomStateLister(test.database);
    const page = await lister.listRooms(1, { after: 1, limit: 2 }, ['one.example']);
    expect(page).toEqual([
      { roomNid: 2, roomId: '!2', roomVersion: '10', currentRoot: 20, hasOthers: true },
      { roomNid: 3, roomId: '!3', roomVersion: '10', currentRoot: 30, hasOthers: false },
    ]);
  });

  it('are listed that have rows of the log after a position, unless these are too many', async () => {
    const lister = new PostgresRoomStateLister(test.database);
    const changed = await lister.listChangedRooms(1, { after: 1, limit: 4 }, ['one.example']);
    expect(changed).toEqual([
      { roomNid: 1, roomId: '!1', roomVersion: '10', currentRoot: 10, hasOthers: false },
      { roomNid: 2, roomId: '!2', roomVersion: '10', currentRoot: 20, hasOthers: true },
    ]);
    expect(await lister.listChangedRooms(1, { after: 1, limit: 3 }, ['one.example'])).toBeUndefined();
    expect(await lister.listChangedRooms(1, { after: 5, limit: 3 }, ['one.example'])).toEqual([]);
  });
});
