import { beforeEach, expect, it, vi } from 'vitest';
import type { JudgedPiece } from '@plexus/storage';
import { FakeJudgedUnread } from '@plexus/testing';
import { RoomScript, SyncHarness } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';

const [alice, carol, dan] = ['@alice:a.example', '@carol:a.example', '@dan:a.example'];
const WORD = {
  rule_id: 'w',
  default: false,
  enabled: true,
  pattern: 'word',
  actions: ['notify', { set_tweak: 'highlight' }],
};
const MUTED = { '.m.rule.message': { actions: [] }, '.m.rule.encrypted': { actions: [] } };

let harness: SyncHarness;
let room: RoomScript;
let pieces: JudgedPiece[];
let judged: FakeJudgedUnread;

beforeEach(async () => {
  pieces = [];
  judged = new FakeJudgedUnread();
  const { storeJudged } = judged;
  judged.storeJudged = (piece) => {
    pieces.push(piece);
    return storeJudged.call(judged, piece);
  };
  harness = await SyncHarness.started({ settings: { judgedAtOnce: 3 }, judged });
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
  for (const userId of [carol, dan]) room.member(userId, 'join');
});

const setRules = (content: object): Promise<void> => harness.setAccountData(carol, { type: 'm.push_rules', content });
const counts = async (deviceId: string, from = harness): Promise<unknown> =>
  (await from.sync(carol, { deviceId })).rooms?.join?.[room.roomId]?.unread_notifications;
const another = (): Promise<SyncHarness> => {
  const { rooms, streams } = harness;
  return SyncHarness.started({ rooms, streams, settings: { judgedAtOnce: 3 }, judged, bootId: 8 });
};
const say = (count: number, body: string): void => {
  for (let said = 0; said < count; said += 1) room.say(alice, body);
};

it('makes counts exact that would have taken long, and goes on from where it ended, at any replica', async () => {
  await setRules({ own: { content: [WORD] }, predefined: {} });
  say(300, 'a word');
  say(250, 'plain');
  await counts('ONE');
  await harness.parts.backlog.settled();
  expect(await counts('TWO')).toEqual({ notification_count: 550, highlight_count: 300 });
  expect(pieces.map(({ events }) => events.length).reduce((sum, each) => sum + each, 0)).toBe(300);
  expect(pieces.length).toBeGreaterThan(2);

  say(2, 'a word');
  const other = await another();
  expect(await counts('THREE', other)).toEqual({ notification_count: 552, highlight_count: 302 });
  const before = pieces.length;
  say(4, 'a word');
  const third = await another();
  await counts('FOUR', third);
  await third.parts.backlog.settled();
  expect(await counts('FIVE', third)).toEqual({ notification_count: 556, highlight_count: 306 });
  expect(pieces.slice(before).map(({ events }) => events.length)).toEqual([6]);
});

it('keeps a row only for what is otherwise than usual: of a user whom only mentions reach, none of what does not', async () => {
  await setRules({ own: { content: [WORD] }, predefined: MUTED });
  say(40, 'plain');
  say(2, 'a word');
  say(10, 'plain');
  await counts('ONE');
  await harness.parts.backlog.settled();
  expect(await counts('TWO')).toEqual({ notification_count: 2, highlight_count: 2 });
  expect(pieces.flatMap(({ events }) => events)).toHaveLength(2);
});

it('tells a client that waits when the counts are exact, and once', async () => {
  await setRules({ own: { content: [WORD] }, predefined: {} });
  say(20, 'a word');
  const { storeJudged } = judged;
  const held = Promise.withResolvers<void>();
  judged.storeJudged = async (piece) => {
    await held.promise;
    return storeJudged.call(judged, piece);
  };
  const { next_batch: since, rooms } = await harness.sync(carol);
  const told = (body: SyncBody): unknown => body.rooms?.join?.[room.roomId]?.unread_notifications;
  expect(rooms?.join?.[room.roomId]?.unread_notifications).toEqual({ notification_count: 20, highlight_count: 3 });
  const waiting = harness.sync(carol, { since, timeout: 60_000 });
  await vi.waitFor(() => expect(harness.parts.sessions.size.waiting).toBe(1));
  held.resolve();
  const body = await waiting;
  expect(told(body)).toEqual({ notification_count: 20, highlight_count: 20 });
  expect(body.rooms?.join?.[room.roomId]?.timeline.events).toEqual([]);
  expect((await harness.sync(carol, { since: body.next_batch })).rooms).toBeUndefined();
});

it('judges anew when the rules change', async () => {
  await setRules({ own: { content: [WORD] }, predefined: {} });
  say(20, 'a word');
  await counts('ONE');
  await harness.parts.backlog.settled();
  await setRules({ own: { content: [{ ...WORD, pattern: 'other' }] }, predefined: {} });
  const other = await another();
  await counts('TWO', other);
  await other.parts.backlog.settled();
  expect(await counts('THREE', other)).toEqual({ notification_count: 20, highlight_count: 0 });
});

it('leaves what cannot be judged to the next that asks', async () => {
  await setRules({ own: { content: [WORD] }, predefined: {} });
  say(20, 'a word');
  const { readLog } = harness.rooms;
  harness.rooms.readLog = async () => {
    throw new Error('away');
  };
  await counts('ONE');
  await harness.parts.backlog.settled();
  expect(harness.failures).toContainEqual(expect.objectContaining({ message: 'away' }));
  harness.rooms.readLog = readLog;
  harness.failures.length = 0;
  await counts('TWO');
  await harness.parts.backlog.settled();
  expect(await counts('THREE')).toEqual({ notification_count: 20, highlight_count: 20 });
});
