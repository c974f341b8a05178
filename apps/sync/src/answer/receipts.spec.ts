import { beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import type { SyncBody, SyncOptions } from '../../test-support/sync-harness.ts';

const [alice, carol] = ['@alice:a.example', '@carol:a.example'];

let harness: SyncHarness;
let room: RoomScript;
let first: string;
let second: string;

beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
  room.member(carol, 'join');
  first = room.say(alice, 'first').event?.eventId ?? '';
  second = room.say(alice, 'second').event?.eventId ?? '';
});

const sync = (options: SyncOptions = {}): Promise<SyncBody> => harness.sync(alice, options);
const receiptsOf = (body: SyncBody): unknown[] =>
  (body.rooms?.join?.[room.roomId]?.ephemeral?.events ?? [])
    .filter(({ type }) => type === 'm.receipt')
    .map(({ content }) => content);
const of = (userId: string, thread?: string): unknown => ({
  [userId]: { ts: 1000, ...(thread !== undefined && { thread_id: thread }) },
});

describe('receipts', () => {
  it('are told as they come, the newest of each', async () => {
    const { next_batch: since } = await sync();
    room.read(carol, { eventId: first });
    room.read(carol);
    room.read(carol, { eventId: first, receiptType: 'm.read.private' });
    const body = await sync({ since });
    expect(receiptsOf(body)).toEqual([{ [second]: { 'm.read': of(carol) } }]);
    expect(body.rooms?.join?.[room.roomId]?.timeline.events).toEqual([]);
    expect((await sync({ since: body.next_batch })).rooms).toBeUndefined();
  });

  it('of threads come apart', async () => {
    const { next_batch: since } = await sync();
    room.read(carol, {}, { threadId: 'main' }, { threadId: first });
    expect(receiptsOf(await sync({ since }))).toEqual([
      { [second]: { 'm.read': of(carol) } },
      { [second]: { 'm.read': of(carol, 'main') } },
      { [second]: { 'm.read': of(carol, first) } },
    ]);
  });

  it('of users whom the client’s user ignores are not told', async () => {
    const content = { ignored_users: { [carol]: {} } };
    await harness.setAccountData(alice, { type: 'm.ignored_user_list', content });
    const { next_batch: since } = await sync();
    room.read(carol);
    expect((await sync({ since })).rooms).toBeUndefined();
    expect(receiptsOf(await sync())).toEqual([]);
    expect(receiptsOf(await harness.sync(carol))).toEqual([{ [second]: { 'm.read': of(carol) } }]);
  });

  it('that are private are for their user, and wake nobody else', async () => {
    const tokens = { alice: (await sync()).next_batch, carol: (await harness.sync(carol)).next_batch };
    const waiting = harness.sync(carol, { since: tokens.carol, timeout: 60_000 });
    const other = sync({ since: tokens.alice, timeout: 60_000 });
    await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(2));
    room.read(carol, { receiptType: 'm.read.private' });
    expect(receiptsOf(await waiting)).toEqual([{ [second]: { 'm.read.private': of(carol) } }]);
    expect(harness.parts.sessions.size.waiting).toBe(1);
    room.read(carol);
    expect(receiptsOf(await other)).toEqual([{ [second]: { 'm.read': of(carol) } }]);
  });

  it('are the same from the tail and from Postgres, and in an initial sync the newest of each', async () => {
    const { next_batch: since } = await sync();
    room.read(carol, { eventId: first });
    room.read(alice);
    const expected = expect.arrayContaining([{ [second]: { 'm.read': of(alice) }, [first]: { 'm.read': of(carol) } }]);
    const fresh = await SyncHarness.started({ rooms: harness.rooms });
    expect(receiptsOf(await sync({ since }))).toEqual(expected);
    expect(receiptsOf(await fresh.sync(alice, { since }))).toEqual(expected);
    expect(receiptsOf(await sync())).toEqual(expected);
  });

  it('do not use up what a timeline looks at', async () => {
    for (let index = 0; index < 1200; index += 1) room.read(carol, { eventId: first, setAt: index });
    const { rooms } = await sync({ filter: { room: { timeline: { limit: 20 } } } });
    expect(rooms?.join?.[room.roomId]?.timeline).toMatchObject({ limited: false });
  });

  it('are left out by a filter', async () => {
    const { next_batch: since } = await sync();
    room.read(carol);
    const filter = { room: { ephemeral: { not_types: ['m.receipt'] } } };
    expect((await sync({ since, filter })).rooms).toBeUndefined();
  });
});
