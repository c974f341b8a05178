import { beforeEach, expect, it } from 'vitest';
import { RoomScript, SyncHarness, textsOf } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';
import type { RoomLogRow } from '@plexus/storage';

const [alice, bob] = ['@alice:a.example', '@bob:b.example'] as const;
const RETENTION = {
  isEnabled: true,
  defaultLifetimeMs: 60_000,
  leastLifetimeMs: undefined,
  greatestLifetimeMs: undefined,
};

let harness: SyncHarness;
let room: RoomScript;

beforeEach(async () => {
  harness = await SyncHarness.started({ settings: { retention: RETENTION } });
  room = new RoomScript(harness, '!room:a.example');
  room.create(alice);
});

const joined = (body: SyncBody) => body.rooms?.join?.[room.roomId];

/** A second later everything before this row has expired. */
function expireBefore({ roomNid, event }: RoomLogRow): void {
  const { eventId = '', eventNid = 0, topologicalPosition = 0 } = event ?? {};
  harness.kept.set(roomNid, { eventId, eventNid, topologicalPosition });
  harness.clock.advance(1_000);
}

it('keeps what has expired from timelines before anything takes it away, in memory and from Postgres', async () => {
  const since = (await harness.sync(alice)).next_batch;
  room.say(alice, 'old');
  const first = room.say(bob, 'new');
  expect(textsOf(joined(await harness.sync(alice, { since, deviceId: 'ONE' })))).toEqual(['old', 'new']);
  expireBefore(first);
  const body = joined(await harness.sync(alice, { since, deviceId: 'TWO' }));
  expect(textsOf(body)).toEqual(['new']);
  const fresh = await SyncHarness.started({ rooms: harness.rooms, settings: { retention: RETENTION } });
  fresh.kept.set(
    first.roomNid,
    harness.kept.get(first.roomNid) ?? { eventId: '', eventNid: 0, topologicalPosition: 0 },
  );
  const whole = joined(await fresh.sync(alice));
  expect(textsOf(whole)).toEqual(['new']);
  expect(whole?.state?.events.map(({ type }) => type).toSorted()).toEqual([
    'm.room.create',
    'm.room.member',
    'm.room.power_levels',
  ]);
});

it('asks nobody where no server lets messages expire', async () => {
  const lasting = await SyncHarness.started();
  const script = new RoomScript(lasting, '!room:a.example');
  script.create(alice);
  const since = (await lasting.sync(alice)).next_batch;
  script.say(alice, 'old');
  expireBefore(script.say(bob, 'new'));
  const before = lasting.rooms.totalCalls();
  const body = await lasting.sync(alice, { since });
  expect(textsOf(body.rooms?.join?.['!room:a.example'])).toEqual(['old', 'new']);
  expect(lasting.rooms.totalCalls()).toBe(before);
});
