import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoomRecord } from '@plexus/storage';
import {
  PostgresRemoteMemberProjection,
  PostgresRoomHousekeeping,
  PostgresRoomSummaryProjection,
  PostgresUserRoomProjection,
  restoreServer,
  writeBackup,
} from '@plexus/storage-postgres';
import type { RestoredRooms } from '@plexus/storage-postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildMessage,
  buildProto,
  buildSend,
  buildState,
  nextCommandId,
} from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, CAROL, startPersister } from '../../test-support/persister-harness.ts';
import { clearRemovedRooms } from './clear-removed-rooms.ts';

const SERVER = 'one.example';

describe('a room that went with its server, and comes back from a backup', () => {
  let test: TestDatabase;
  let harness: PersisterHarness;
  let folder: string;
  beforeEach(async () => {
    test = await createTestDatabase();
    harness = await startPersister(test);
    folder = await mkdtemp(join(tmpdir(), 'plexus-rooms-'));
    await test.database.query(`insert into hosted_servers (server_name, settings, origin) values ($1, '{}', 'api')`, [
      SERVER,
    ]);
  });
  afterEach(async () => {
    await harness.stop();
    await test.drop();
    await rm(folder, { recursive: true });
  });

  async function createRoom(): Promise<RoomRecord> {
    const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
    await harness.store(command);
    await harness.store(buildMembership(roomId, { sender: CAROL, membership: 'join' }));
    for (let at = 0; at < 30; at += 1) await harness.store(buildSend(roomId, buildState('m.test', `${at}`, ALICE, {})));
    return found(roomId);
  }

  async function found(roomId: string): Promise<RoomRecord> {
    const room = await harness.rooms.findRoom(roomId);
    if (room === undefined) throw new Error('no room');
    return room;
  }

  async function backUp(): Promise<void> {
    await writeBackup({ urls: { rooms: test.url, accounts: test.url }, folder: join(folder, 'backup') });
  }

  async function restore(): Promise<RestoredRooms> {
    const urls = { rooms: test.url, accounts: test.url };
    const clock = { delay: async () => undefined };
    return (await restoreServer({ urls, folder: join(folder, 'backup'), serverName: SERVER, clock })).rooms;
  }

  async function remove(roomId: string): Promise<void> {
    await harness.store({ ...commandFor(roomId), command: { $case: 'removeRoom', value: { force: true } } });
  }

  async function clear(): Promise<void> {
    await clearRemovedRooms({
      housekeeping: new PostgresRoomHousekeeping(test.database),
      projection: new PostgresUserRoomProjection(test.database),
      summaries: new PostgresRoomSummaryProjection(test.database),
      remoteMembers: new PostgresRemoteMemberProjection(test.database),
      shards: harness.persister.shards,
      pause: async () => undefined,
    });
  }

  it('has its history, its state and its members again, under other numbers', async () => {
    const before = await createRoom();
    const { roomId, shard } = before;
    const [root = ''] = await harness.store(buildMessage(roomId, ALICE, 'a thread'));
    const reply = { 'm.relates_to': { rel_type: 'm.thread', event_id: root }, msgtype: 'm.text', body: 'in it' };
    await harness.store(buildSend(roomId, buildProto('m.room.message', CAROL, reply)));
    await backUp();
    await harness.store(buildMessage(roomId, ALICE, 'lost'));
    await remove(roomId);
    await clear();
    expect(await harness.userRooms.findUserRoom(CAROL, roomId)).toBeUndefined();
    expect(await restore()).toEqual({ restored: 1, elsewhere: 0 });

    const room = await found(roomId);
    expect(room.roomNid).toBeGreaterThan(before.roomNid);
    expect(room).toMatchObject({ shard, joinedCount: 2, depth: expect.any(Number) });
    // Nothing was written there since: the owner does not know yet.
    harness.persister.lookAgain(shard);
    await expect.poll(() => harness.userRooms.findUserRoom(CAROL, roomId)).toMatchObject({ membership: 'join' });
    await expect
      .poll(() => harness.topic.records.filter(({ roomNid }) => roomNid === room.roomNid))
      .toMatchObject([{ previousRoot: 0, currentRoot: room.currentRoot }]);
    const page = { shard, roomNid: room.roomNid, direction: 'backwards', limit: 100 } as const;
    const events = await harness.rooms.pageTimeline(page);
    expect(events.map(({ eventId }) => eventId)).toContain(root);
    expect(events.every(({ streamPosition }) => streamPosition === undefined)).toBe(true);
    const threads = 'select reply_count::int as replies from room_threads where room_nid = $1 and root_event_id = $2';
    expect((await test.database.query(threads, [room.roomNid, root])).rows).toEqual([{ replies: 1 }]);
    await harness.store(buildSend(roomId, buildState('m.test', '1', ALICE, { changed: true })));
    await harness.store(buildMembership(roomId, { sender: CAROL, membership: 'leave' }));
    expect((await found(roomId)).joinedCount).toBe(1);
  });

  it('may be parted from and removed again by the same commands', async () => {
    const { roomId } = await createRoom();
    const leave = { ...buildMembership(roomId, { sender: CAROL, membership: 'leave' }), commandId: nextCommandId() };
    await backUp();
    await harness.store(leave);
    await remove(roomId);
    await clear();
    await restore();
    harness.persister.lookAgain((await found(roomId)).shard);
    await expect.poll(() => harness.userRooms.findUserRoom(CAROL, roomId)).toMatchObject({ membership: 'join' });
    await harness.store(leave);
    expect((await found(roomId)).joinedCount).toBe(1);
  });

  it('is noticed by an owner who has nothing to write', async () => {
    const { roomId } = await createRoom();
    await backUp();
    await remove(roomId);
    await clear();
    await restore();
    const housekeeping = new PostgresRoomHousekeeping(test.database);
    const remembered = () =>
      [...harness.persister.shards.all()].map(({ shard, counters: { position } }) => ({ shard, position }));
    const moved = await housekeeping.listMovedShards(remembered());
    expect(moved).toEqual([(await found(roomId)).shard]);
    for (const shard of moved) harness.persister.lookAgain(shard);
    await expect.poll(() => housekeeping.listMovedShards(remembered())).toEqual([]);
    expect(new Set(harness.observer.notStoredOutcomes)).toEqual(new Set(['displaced']));
  });

  it('stays away where others have it, where it is blocked, and as long as it is not cleared away', async () => {
    const [shared, blocked, kept] = [await createRoom(), await createRoom(), await createRoom()];
    await test.database.query(
      `insert into room_servers (shard, room_nid, server_name, joined_count) values ($1, $2, 'far.example', 1)`,
      [shared.shard, shared.roomNid],
    );
    await backUp();
    for (const { roomId } of [shared, blocked]) await remove(roomId);
    await expect(restore()).rejects.toThrow('is being cleared away');
    await clear();
    await test.database.query(
      `insert into blocked_rooms (shard, room_id, server_name, blocked_by) values ($1, $2, '', 'somebody')`,
      [blocked.shard, blocked.roomId],
    );
    await test.database.query(`delete from hosted_servers`);
    expect(await restore()).toEqual({ restored: 0, elsewhere: 1 });
    expect(await harness.rooms.findRoom(shared.roomId)).toBeUndefined();
    expect((await found(kept.roomId)).roomNid).toBe(kept.roomNid);
  });
});

function commandFor(roomId: string) {
  return { ...buildMessage(roomId, ALICE, ''), commandId: nextCommandId() };
}
