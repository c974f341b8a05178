import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RoomLogFollower } from '@plexus/room-log';
import type { LoggedRow } from '@plexus/room-log';
import type { RoomRecord } from '@plexus/storage';
import { PostgresLogTrimming, PostgresUserRoomProjection } from '@plexus/storage-postgres';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import { buildCreateRoom, buildMembership, buildProto, buildReceipts, buildSend } from '../../test-support/commands.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';
import { ALICE, BOB, CAROL, realClock, SHARDS, startPersister } from '../../test-support/persister-harness.ts';
import { trimHighlights } from './trim-highlights.ts';
import { trimLog } from './trim-log.ts';

const HOUR = 3_600_000;

let test: TestDatabase;
let harness: PersisterHarness;
let trimming: PostgresLogTrimming;
let room: RoomRecord;
beforeEach(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
  trimming = new PostgresLogTrimming(test.database);
  room = await createRoom();
});
afterEach(async () => {
  await harness.stop();
  await test.drop();
});

async function createRoom(): Promise<RoomRecord> {
  const { roomId, command } = buildCreateRoom({ creator: ALICE }, harness.servers);
  await harness.store(command);
  for (const sender of [BOB, CAROL]) await harness.store(buildMembership(roomId, { sender, membership: 'join' }));
  const created = await harness.rooms.findRoom(roomId);
  if (created === undefined) throw new Error('no such room');
  return created;
}

async function say(body: string, mentions: readonly string[] = []): Promise<string> {
  const content = { body, 'm.mentions': { user_ids: [...mentions] } };
  const [eventId = ''] = await harness.store(buildSend(room.roomId, buildProto('m.room.message', ALICE, content)));
  return eventId;
}

async function read(userId: string, eventId: string): Promise<void> {
  await harness.execute(buildReceipts(room.roomId, userId, [{ eventId }]));
}

/** All that is stored until now becomes so old. */
async function age(): Promise<number> {
  await test.database.query("update room_log set stored_at = stored_at - interval '2 hours' where shard = $1", [
    room.shard,
  ]);
  return (await harness.rooms.readPositions())[room.shard] ?? 0;
}

async function storedPositions(): Promise<number[]> {
  const { rows } = await test.database.query<{ position: string }>(
    'select position from room_log where shard = $1 order by position',
    [room.shard],
  );
  return rows.map(({ position }) => Number(position));
}

async function removalsOf({ shard, roomNid }: RoomRecord): Promise<unknown> {
  const { rows } = await test.database.query('select removals from rooms where shard = $1 and room_nid = $2', [
    shard,
    roomNid,
  ]);
  return rows;
}

const published = async (): Promise<void> => {
  await expect
    .poll(
      async () => {
        const { rows } = await test.database.query<{ is_done: boolean }>(
          'select bool_and(published = position and projected = position) as is_done from room_shards',
        );
        return rows[0]?.is_done;
      },
      // Progress that no unit of work takes along is stored once a second.
      { timeout: 20_000 },
    )
    .toBe(true);
};

/** What somebody gets who follows the shard's log from its beginning. */
async function followed(): Promise<string[]> {
  const got: LoggedRow[] = [];
  const follower = new RoomLogFollower({
    reader: harness.rooms,
    clock: realClock,
    handler: {
      begin: () => undefined,
      deliver: (row) => void got.push(row),
      failed: (error) => {
        throw error;
      },
    },
    readGeneration: async () => 0,
    startAt: async () => SHARDS.map(() => 0),
  });
  await follower.start();
  await follower.reached(await harness.rooms.readPositions(), new AbortController().signal);
  return got.filter(({ shard }) => shard === room.shard).map(({ position, kind }) => `${position} ${kind}`);
}

const ports = () => ({
  trimming,
  projection: new PostgresUserRoomProjection(test.database),
  shards: harness.persister.shards,
  pause: async () => undefined,
});

describe('trimming the log', () => {
  it('takes out old receipts, but for the last row of a room; who follows the log from its start misses none', async () => {
    const first = await say('one');
    await read(BOB, first);
    await read(CAROL, first);
    const second = await say('two');
    await read(BOB, second);
    const oldUpTo = await age();
    await read(CAROL, second);
    await published();
    const before = await followed();
    const removals = await removalsOf(room);
    const receipts = before.filter((row) => row.endsWith('receipt')).map((row) => Number.parseInt(row, 10));

    expect(await trimming.findOldPosition(room.shard, HOUR)).toBe(oldUpTo);
    expect(await trimLog(room.shard, HOUR, ports())).toBe(3);
    expect(await trimLog(room.shard, HOUR, ports())).toBe(0);
    const gone = receipts.slice(0, 3);
    expect((await storedPositions()).filter((position) => receipts.includes(position))).toEqual(receipts.slice(3));
    expect(await followed()).toEqual(
      before.map((row) => (gone.includes(Number.parseInt(row, 10)) ? row.replace('receipt', 'tombstone') : row)),
    );
    expect(await removalsOf(room)).toEqual(removals);
    const [last = 0] = gone.slice(-1);
    expect(await harness.rooms.findRootAt(room.shard, room.roomNid, last)).toBe(room.currentRoot);
  });

  it('leaves the last row of a room that is quiet, so that it is known when anything was last told of it', async () => {
    await read(BOB, await say('one'));
    const last = await age();
    await published();
    expect(await trimLog(room.shard, HOUR, ports())).toBe(0);
    expect((await storedPositions()).at(-1)).toBe(last);
  });

  it('goes no further than what is published, and on from where another left it', async () => {
    const eventId = await say('one');
    for (const userId of [BOB, CAROL]) await read(userId, eventId);
    await say('two');
    await age();
    await published();
    const owned = harness.persister.shards.find(room.shard);
    if (owned === undefined) throw new Error('the shard is not owned');
    const piece = { upTo: 100_000, limit: 2 };
    let removed = 0;
    for (let steps = 0; steps < 100; steps += 1) {
      const done = await trimming.trimLog(owned, piece);
      removed += done?.removed ?? 0;
      if (done?.isDone === true) break;
    }
    expect(removed).toBe(2);
    await test.database.query('update room_shards set published = published - 1, trimmed = 0 where shard = $1', [
      room.shard,
    ]);
    while ((await trimming.trimLog(owned, piece))?.isDone === false);
    const { rows } = await test.database.query(
      'select trimmed = published as is_equal from room_shards where shard = $1',
      [room.shard],
    );
    expect(rows).toEqual([{ is_equal: true }]);
  });

  it('changes nothing for an owner whose time is over', async () => {
    const eventId = await say('one');
    await read(BOB, eventId);
    await say('two');
    await age();
    await published();
    const owned = harness.persister.shards.find(room.shard);
    if (owned === undefined) throw new Error('the shard is not owned');
    const zombie = { shard: owned.shard, epoch: owned.epoch - 1 };
    const before = await storedPositions();
    expect(await trimming.trimLog(zombie, { upTo: 100_000, limit: 1_000 })).toBeUndefined();
    const place = { after: undefined, oldPosition: 100_000, limit: 10 };
    expect(await trimming.trimHighlights(zombie, place)).toBeUndefined();
    expect(await storedPositions()).toEqual(before);
  });
});

async function highlights(): Promise<string[]> {
  const { rows } = await test.database.query<{ user_id: string; body: string }>(
    `select h.user_id, convert_from(e.json, 'UTF8')::json -> 'content' ->> 'body' as body
       from highlights h join events e on e.shard = h.shard and e.stream_position = h.position and e.room_nid = h.room_nid
      where h.shard = $1 order by h.position, h.user_id`,
    [room.shard],
  );
  return rows.map(({ user_id: userId, body }) => `${body} ${userId}`);
}

describe('trimming highlights', () => {
  it('removes what its user has read, and what is too old', async () => {
    const first = await say('first', [BOB, CAROL]);
    await say('second', [BOB, CAROL]);
    await read(BOB, first);
    expect(await highlights()).toEqual([`first ${BOB}`, `first ${CAROL}`, `second ${BOB}`, `second ${CAROL}`].sort());
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(1);
    expect(await highlights()).toEqual([`first ${CAROL}`, `second ${BOB}`, `second ${CAROL}`].sort());
    await age();
    await say('third', [CAROL]);
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(3);
    expect(await highlights()).toEqual([`third ${CAROL}`]);
  });

  it('keeps what another thread’s receipt does not read', async () => {
    const root = await say('root');
    const content = {
      body: 'in thread',
      'm.mentions': { user_ids: [BOB] },
      'm.relates_to': { rel_type: 'm.thread', event_id: root },
    };
    const [reply = ''] = await harness.store(buildSend(room.roomId, buildProto('m.room.message', ALICE, content)));
    const last = await say('main');
    await harness.execute(buildReceipts(room.roomId, BOB, [{ eventId: last, threadId: 'main' }]));
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(0);
    await harness.execute(buildReceipts(room.roomId, BOB, [{ eventId: reply, threadId: root }]));
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(1);
  });

  it('removes what is for everybody once all members have read it, in their threads too', async () => {
    const toAll = { 'm.mentions': { room: true } };
    const [first = ''] = await harness.store(
      buildSend(room.roomId, buildProto('m.room.message', ALICE, { body: 'first', ...toAll })),
    );
    const inThread = { body: 'in thread', ...toAll, 'm.relates_to': { rel_type: 'm.thread', event_id: first } };
    await harness.store(buildSend(room.roomId, buildProto('m.room.message', ALICE, inThread)));
    const [second = ''] = await harness.store(
      buildSend(room.roomId, buildProto('m.room.message', ALICE, { body: 'second', ...toAll })),
    );
    await published();
    harness.persister.loop.storeProgress();
    await harness.persister.loop.drained(room.shard);
    await harness.execute(buildReceipts(room.roomId, BOB, [{ eventId: second }]));
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(0);
    await harness.execute(buildReceipts(room.roomId, CAROL, [{ eventId: first, threadId: 'main' }]));
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(1);
    expect(await highlights()).toEqual(['in thread ', 'second ']);
    await read(CAROL, second);
    await read(ALICE, second);
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(2);
    expect(await highlights()).toEqual([]);
  });

  it('waits for members who have not read, whoever has left', async () => {
    const proto = buildProto('m.room.message', ALICE, { body: 'all', 'm.mentions': { room: true } });
    const [eventId = ''] = await harness.store(buildSend(room.roomId, proto));
    await read(ALICE, eventId);
    await read(BOB, eventId);
    await published();
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(0);
    await harness.store(buildMembership(room.roomId, { sender: CAROL, membership: 'leave' }));
    await published();
    expect(await trimHighlights(room.shard, HOUR, ports())).toBe(1);
  });
});
