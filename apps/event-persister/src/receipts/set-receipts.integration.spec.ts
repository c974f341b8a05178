import { PostgresReceiptReader } from '@plexus/storage-postgres';
import type { RoomCommand } from '@plexus/rpc';
import type { Receipt } from '@plexus/storage';
import { LoggedReceipts, RoomLogKind } from '@plexus/topics';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import {
  buildCreateRoom,
  buildMembership,
  buildMessage,
  buildProto,
  buildSend,
  buildState,
  buildReceipts,
} from '../../test-support/commands.ts';
import type { ReceiptWish } from '../../test-support/commands.ts';
import { ALICE, BOB, CAROL, startPersister } from '../../test-support/persister-harness.ts';
import type { PersisterHarness } from '../../test-support/persister-harness.ts';

let test: TestDatabase;
let harness: PersisterHarness;
let room: string;
let events: string[];

beforeAll(async () => {
  test = await createTestDatabase();
  harness = await startPersister(test);
});
afterAll(async () => {
  await harness.stop();
  await test.drop();
});
beforeEach(async () => {
  const made = buildCreateRoom({ creator: ALICE }, harness.servers);
  room = made.roomId;
  await harness.store(made.command);
  await harness.store(buildMembership(room, { sender: BOB, membership: 'join' }));
  events = [];
  for (const body of ['one', 'two', 'three']) events.push(...(await harness.store(buildMessage(room, ALICE, body))));
});

async function set(userId: string, ...wishes: ReceiptWish[]): Promise<void> {
  await harness.store(buildReceipts(room, userId, wishes));
}

async function listed(viewer = BOB): Promise<Receipt[]> {
  const found = await harness.rooms.findRoom(room);
  if (found === undefined) throw new Error('no room');
  const { shard, roomNid } = found;
  const query = { shard, roomNid, userId: viewer, after: 0, upTo: Number.MAX_SAFE_INTEGER, limit: 10 };
  return new PostgresReceiptReader(test.database).listReceipts(query);
}

const placesOf = (receipts: readonly Receipt[]): unknown =>
  receipts.map(({ userId, receiptType, threadId, eventId }) => [
    userId,
    receiptType,
    threadId,
    events.indexOf(eventId),
  ]);

async function refusalOf(command: RoomCommand): Promise<unknown> {
  const result = await harness.execute(command);
  return result.$case === 'refused' ? [result.value.httpStatus, result.value.errcode] : result.$case;
}

function relates(relType: string, eventId: string): object {
  return { 'm.relates_to': { rel_type: relType, event_id: eventId } };
}

async function say(more: object): Promise<string> {
  const proto = buildProto('m.room.message', ALICE, { body: 'x', msgtype: 'm.text', ...more });
  return (await harness.store(buildSend(room, proto)))[0] ?? '';
}

function isReceipt({ kind, roomId }: { readonly kind: RoomLogKind; readonly roomId: string }): boolean {
  return kind === RoomLogKind.ROOM_LOG_KIND_RECEIPT && roomId === room;
}

describe('receipts', () => {
  it('go forward only, in the order of the room log', async () => {
    await set(BOB, { eventId: events[1] });
    expect(placesOf(await listed())).toEqual([[BOB, 'm.read', '', 1]]);
    await set(BOB, { eventId: events[0] });
    await set(BOB, { eventId: events[1] });
    expect(placesOf(await listed())).toEqual([[BOB, 'm.read', '', 1]]);
    await set(BOB, { eventId: events[2] });
    expect(placesOf(await listed())).toEqual([[BOB, 'm.read', '', 2]]);
  });

  it('are apart for each kind, thread and user; private ones are for their user', async () => {
    await set(BOB, { eventId: events[0] }, { eventId: events[2], receiptType: 'm.read.private' });
    await set(ALICE, { eventId: events[1], threadId: 'main' }, { eventId: events[0] });
    expect(placesOf(await listed(BOB))).toEqual(
      expect.arrayContaining([
        [ALICE, 'm.read', '', 0],
        [ALICE, 'm.read', 'main', 1],
        [BOB, 'm.read', '', 0],
        [BOB, 'm.read.private', '', 2],
      ]),
    );
    expect(placesOf(await listed(ALICE))).not.toContainEqual([BOB, 'm.read.private', '', 2]);
  });

  it('that come together go into one row of the log, published as one record', async () => {
    const before = harness.topic.records.length;
    const users = Array.from({ length: 20 }, (_, index) => `@reader${index}:one.example`);
    for (const userId of users) await harness.store(buildMembership(room, { sender: userId, membership: 'join' }));
    await Promise.all(users.map((userId) => set(userId, { eventId: events[2] })));
    const rows = harness.topic.records.slice(before).filter(isReceipt);
    const told = rows.flatMap(({ body }) => LoggedReceipts.decode(body).receipts.map(({ userId }) => userId));
    expect(told.toSorted()).toEqual(users.toSorted());
    expect(rows.length).toBeLessThanOrEqual(3);
  });

  it('in a thread are of events of that thread, its root included', async () => {
    const [root = '', other = ''] = events;
    const reply = await say(relates('m.thread', root));
    const aside = await say(relates('m.reference', reply));
    for (const eventId of [reply, aside, root]) await set(BOB, { eventId, threadId: root });
    await set(BOB, { eventId: other, threadId: 'main' });
    const bad: ReceiptWish[] = [
      { eventId: reply, threadId: 'main' },
      { eventId: aside, threadId: 'main' },
      { eventId: other, threadId: root },
      { eventId: reply, threadId: other },
    ];
    for (const wish of bad) expect(await refusalOf(buildReceipts(room, BOB, [wish]))).toEqual([400, 'M_INVALID_PARAM']);
  });

  it('are refused of who is not in the room, of no event of it, and of a server that it denies', async () => {
    const [eventId] = events;
    expect(await refusalOf(buildReceipts(room, CAROL, [{ eventId }]))).toEqual([403, 'M_FORBIDDEN']);
    const nothing = buildReceipts(room, BOB, [{ eventId: `$${'x'.repeat(43)}` }]);
    expect(await refusalOf(nothing)).toEqual([400, 'M_INVALID_PARAM']);
    expect(await refusalOf(buildReceipts('!none:one.example', BOB, [{ eventId }]))).toEqual([403, 'M_FORBIDDEN']);
    const acl = buildState('m.room.server_acl', '', ALICE, { allow: ['*'], deny: ['two.example'] });
    await harness.store(buildSend(room, acl));
    expect(await refusalOf(buildReceipts(room, BOB, [{ eventId }]))).toEqual([403, 'M_FORBIDDEN']);
    expect(await refusalOf(buildReceipts(room, BOB, [{ eventId: 'a\0b' }]))).toEqual([400, 'M_INVALID_PARAM']);
  });

  it('of one that is refused do not hold up the others that come with it', async () => {
    const [eventId] = events;
    const all = [BOB, CAROL, ALICE].map((userId) => refusalOf(buildReceipts(room, userId, [{ eventId }])));
    expect(await Promise.all(all)).toEqual(['stored', [403, 'M_FORBIDDEN'], 'stored']);
  });
});
