import { RedactionReader, RoomState, StateReader } from '@plexus/room-view';
import type { UsageCounts } from '@plexus/storage';
import { FakeCache } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import { ALICE, noticesConfig, noticesHarness, SENDER, SERVER } from '../../test-support/notices-harness.ts';
import type { NoticesHarness } from '../../test-support/notices-harness.ts';
import { usageLimits } from '../config.ts';
import { ReadPins } from '../rooms/read-pins.ts';
import { CountUsage } from '../statistics/count-usage.ts';
import { UsageBoard } from '../statistics/usage-board.ts';
import { RunChecks } from './run-checks.ts';
import { TellOfLimit } from './tell-of-limit.ts';

const COUNTS: UsageCounts = {
  users: 5,
  nonbridgedUsers: 5,
  dailyActiveUsers: 1,
  monthlyActiveUsers: 3,
  dailyNative: 0,
  dailyGuests: 0,
  dailyBridged: 0,
  rooms: 0,
};
const LIMITED = 'usage_limit: { limit_usage_by_mau: true, max_mau_value: 3, admin_contact: "mailto:a@one.example" }\n';

let harness: NoticesHarness;
let counts: UsageCounts;
let board: UsageBoard;
let tellOfLimit: TellOfLimit;

beforeEach(async () => {
  harness = await noticesHarness();
  counts = COUNTS;
  const config = noticesConfig(LIMITED);
  const listCounts = async () => [{ serverName: SERVER, counts, countedAt: 0 }];
  board = new UsageBoard({ listCounts }, usageLimits(config));
  const states = new StateReader(harness.rooms, new FakeCache());
  const state = new RoomState(harness.rooms, states, new RedactionReader(harness.rooms, states));
  tellOfLimit = new TellOfLimit({
    ...harness,
    pins: new ReadPins(harness.rooms, state),
    reachedLimit: (server) => board.reachedLimit(server),
    clock: { now: () => 1_700_000_000_000 },
  });
  await board.refresh();
});

/** Looks after users as if they were seen. */
async function see(...userIds: string[]): Promise<void> {
  const failures: unknown[] = [];
  const { deliveries: checks, accounts: users, servers, policyOf } = harness;
  const clock = { now: () => 0, delay: async () => {} };
  const run = new RunChecks({ checks, users, servers, policyOf, clock }, [tellOfLimit], (error) =>
    failures.push(error),
  );
  await checks.addChecks(userIds, { partition: 0, position: 1 });
  await run.runOnce();
  expect(failures).toEqual([]);
}

async function count(monthlyActiveUsers: number): Promise<void> {
  counts = { ...COUNTS, monthlyActiveUsers };
  const turns = { takeTurn: async () => true };
  const ports = {
    ...harness,
    checks: harness.deliveries,
    counts: { count: async () => {} },
    turns,
    board,
    tellOfLimit,
  };
  await new CountUsage(ports).execute({ everyMs: 0, isWanted: true });
}

async function contents(type: string): Promise<object[]> {
  return harness.writer.contentsOf((await harness.noticeRooms.findRoom(ALICE)) ?? '', type);
}

it('tells a user once that the limit is reached, in a notice that is pinned', async () => {
  await see(ALICE);
  await see(ALICE);
  expect(await contents('m.room.message')).toEqual([
    {
      msgtype: 'm.server_notice',
      body: expect.stringContaining('more active users'),
      server_notice_type: 'm.server_notice.usage_limit_reached',
      limit_type: 'monthly_active_user',
      admin_contact: 'mailto:a@one.example',
    },
  ]);
  const limitEventId = (await harness.noticeRooms.find(ALICE))?.limitEventId;
  expect(await contents('m.room.pinned_events')).toEqual([{ pinned: [limitEventId] }]);
});

it('unpins the notice when the limit is no longer reached, and leaves other pins', async () => {
  await see(ALICE);
  const room = await harness.noticeRooms.find(ALICE);
  const pinned = [room?.limitEventId, '$other'];
  harness.rooms.append({
    roomId: room?.roomId ?? '',
    type: 'm.room.pinned_events',
    sender: SENDER,
    stateKey: '',
    content: { pinned },
  });
  await count(3);
  expect((await contents('m.room.pinned_events')).at(-1)).toEqual({ pinned });
  await count(2);
  expect((await contents('m.room.pinned_events')).at(-1)).toEqual({ pinned: ['$other'] });
  expect((await harness.noticeRooms.find(ALICE))?.limitEventId).toBeUndefined();
  await count(4);
  await see(ALICE);
  expect((await contents('m.room.pinned_events')).at(-1)).toEqual({ pinned: ['$other', room?.limitEventId] });
  expect(await contents('m.room.message')).toHaveLength(1);
});

it('tells a user again, and pins that, where the room in which it was told is no more', async () => {
  await see(ALICE);
  const { roomId = '', limitEventId: first } = (await harness.noticeRooms.find(ALICE)) ?? {};
  await harness.noticeRooms.forget(ALICE, roomId);
  await see(ALICE);
  const room = await harness.noticeRooms.find(ALICE);
  expect([room?.roomId === roomId, room?.limitEventId === first]).toEqual([false, false]);
  expect(await contents('m.room.message')).toHaveLength(1);
  expect(await contents('m.room.pinned_events')).toEqual([{ pinned: [room?.limitEventId] }]);
});

it('tells users who were about when their server was counted', async () => {
  harness.deliveries.unlimited = [ALICE, '@far:two.example'];
  await count(2);
  await see();
  expect(await contents('m.room.message')).toEqual([]);
  await count(3);
  await see();
  expect(await contents('m.room.message')).toHaveLength(1);
});

it('tells nobody of a server that is below its limit, or has none', async () => {
  await count(2);
  await see(ALICE);
  await count(9);
  await harness.servers.changeServer(SERVER, { settings: { usageLimit: { isEnabled: false } } });
  await see(ALICE);
  expect(await harness.noticeRooms.findRoom(ALICE)).toBeUndefined();
});
