import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoomCommand } from '@plexus/rpc';
import { StorageError } from '@plexus/storage';
import type { RoomHousekeeping, RoomRecord } from '@plexus/storage';
import {
  PostgresRemovedRoomReader,
  PostgresRemoteMemberProjection,
  PostgresRoomHousekeeping,
  PostgresRoomSummaryProjection,
  PostgresUserRoomProjection,
} from '@plexus/storage-postgres';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildMessage,
  buildSend,
  buildState,
  nextCommandId,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, startPersister } from '../../test-support/persister-harness.ts';
import { clearRemovedRooms } from './clear-removed-rooms.ts';

const TABLES = ['events', 'state_nodes', 'room_log', 'room_servers', 'rooms', 'backward_extremities'];

describe('a room whose last resident server goes', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let housekeeping: RoomHousekeeping;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    housekeeping = new PostgresRoomHousekeeping(test.database);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
  });

  async function createRoom(): Promise<RoomRecord> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(command);
    for (let at = 0; at < 30; at += 1) await harness.store(buildSend(roomId, buildState('m.test', `${at}`, ALICE, {})));
    await harness.store(buildMessage(roomId, ALICE, 'hello'));
    const room = await harness.rooms.findRoom(roomId);
    if (room === undefined) throw new Error('no room');
    return room;
  }

  function clear(): Promise<number> {
    return clearRemovedRooms({
      housekeeping,
      projection: new PostgresUserRoomProjection(test.database),
      summaries: new PostgresRoomSummaryProjection(test.database),
      remoteMembers: new PostgresRemoteMemberProjection(test.database),
      shards: harness.persister.shards,
      pause: async () => undefined,
    });
  }

  async function rowsOf({ shard, roomNid }: RoomRecord): Promise<Record<string, number>> {
    const counts = await Promise.all(
      TABLES.map(async (table) => {
        const text = `select count(*)::int as count from ${table} where shard = $1 and room_nid = $2`;
        const { rows } = await test.database.query<{ count: number }>(text, [shard, roomNid]);
        return [table, rows[0]?.count ?? 0] as const;
      }),
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  async function countRemoved(): Promise<number> {
    return new PostgresRemovedRoomReader(test.database).countRemovedRooms('one.example');
  }

  it('goes with its last user, and nothing of it is left; the log stays dense', async () => {
    const room = await createRoom();
    const other = await createRoom();
    await harness.store(leave(room.roomId, ALICE));
    await harness.store(forget(room, ALICE));
    expect(await harness.rooms.findRoom(room.roomId)).toBeUndefined();
    expect(await harness.userRooms.findUserRoom(ALICE, room.roomId)).toBeUndefined();
    expect(await harness.execute(buildMessage(room.roomId, ALICE, 'still?'))).toMatchObject({ $case: 'refused' });
    expect([await countRemoved(), await clear(), await countRemoved()]).toEqual([1, 1, 0]);
    expect(await rowsOf(room)).toEqual({});
    expect(Object.keys(await rowsOf(other))).toEqual(expect.arrayContaining(['events', 'state_nodes', 'rooms']));
    const { rows } = await test.database.query<{ gaps: number }>(
      `select (max(position) - count(*))::int as gaps from room_log group by shard`,
    );
    expect(new Set(rows.map(({ gaps }) => gaps))).toEqual(new Set([0]));
    const left = await harness.rooms.readLog({
      shard: room.shard,
      after: 0,
      upTo: 10_000,
      limit: 500,
      order: 'ascending',
    });
    expect(left.map(({ position }) => position)).toEqual(left.map((_, at) => at + 1));
    const tombstones = left.filter(({ kind }) => kind === 'tombstone');
    expect(new Set(tombstones.map(({ event }) => event))).toEqual(new Set([undefined]));
  });

  it('stays while a user of another hosted server is in it, and tells nobody of the user who is gone', async () => {
    const room = await createRoom();
    await harness.store(buildMembership(room.roomId, { sender: ALICE, target: BOB, membership: 'invite' }));
    await harness.store(buildMembership(room.roomId, { sender: BOB, membership: 'join' }));
    await harness.store(leave(room.roomId, ALICE));
    await harness.store(forget(room, ALICE));
    expect(await harness.userRooms.findUserRoom(ALICE, room.roomId)).toBeUndefined();
    await harness.store(buildMessage(room.roomId, BOB, 'still here'));
    expect(await clear()).toBe(0);
  });

  it('is cleared to the end after a failure and by a successor, with the memberships of others', async () => {
    const room = await createRoom();
    await harness.store(buildMembership(room.roomId, { sender: ALICE, target: BOB, membership: 'invite' }));
    await harness.store(leave(room.roomId, ALICE));
    await harness.store(forget(room, ALICE));
    let pieces = 0;
    const { removeRemains } = housekeeping;
    housekeeping.removeRemains = (owner, removed) => {
      pieces += 1;
      if (pieces === 3) throw new StorageError('gone');
      return removeRemains.call(housekeeping, owner, removed, 7);
    };
    await expect(clear()).rejects.toThrow('gone');
    expect(await rowsOf(room)).toMatchObject({ events: expect.any(Number) });
    await harness.stop();
    harness = await startPersister(test);
    expect(await harness.store(forget(room, ALICE))).toEqual([]);
    expect(await clear()).toBe(1);
    expect(await rowsOf(room)).toEqual({});
    expect(await harness.userRooms.findUserRoom(BOB, room.roomId)).toBeUndefined();
  });
});

function leave(roomId: string, userId: string): RoomCommand {
  return buildMembership(roomId, { sender: userId, membership: 'leave' });
}

function forget({ shard, roomId }: RoomRecord, userId: string): RoomCommand {
  const command = { $case: 'forgetUser' as const, value: { userId } };
  return { correlationId: 1, commandId: nextCommandId(), shard, roomId, traceparent: '', command };
}
