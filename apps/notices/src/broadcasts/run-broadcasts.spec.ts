import type { NoticeOutcome } from '@plexus/rpc';
import type { NewBroadcast } from '@plexus/storage';
import { FakeBroadcasts } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import { NO_FAILPOINTS } from '../failpoints.ts';
import { RoomUnavailableError } from '../rooms/room-commands.ts';
import type { NoticeToSend } from '../sending/send-notice.ts';
import { ControlBroadcasts } from './control-broadcasts.ts';
import { RunBroadcasts } from './run-broadcasts.ts';

const USERS = Array.from({ length: 25 }, (_, index) => `@u${String(index).padStart(2, '0')}:one.example`);
const BROADCAST: NewBroadcast = {
  broadcastId: 'b',
  serverName: 'one.example',
  requestedBy: '@root:one.example',
  type: 'm.room.message',
  content: '{"body":"hello"}',
  audience: {},
  perSecond: 50,
};

let broadcasts: FakeBroadcasts;
let sent: NoticeToSend[];
let answer: (notice: NoticeToSend) => NoticeOutcome | Error;

beforeEach(async () => {
  broadcasts = new FakeBroadcasts(() => USERS);
  sent = [];
  answer = ({ userId }) => ({ outcome: 'sent', eventId: `$${userId}` });
});

function replica(): RunBroadcasts {
  const sendNotice = {
    execute: async (notice: NoticeToSend) => {
      sent.push(notice);
      const outcome = answer(notice);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
  const clock = { now: () => broadcasts.now, delay: async () => {} };
  const observer = { broadcastSent: () => {}, broadcastCompleted: () => {}, broadcastFailed: () => {} };
  return new RunBroadcasts({ broadcasts, sendNotice, clock, failpoints: NO_FAILPOINTS }, observer);
}

/** Lets replicas work in turn until the broadcast is finished; returns how long it took by the clock. */
async function finish(...replicas: RunBroadcasts[]): Promise<number> {
  const begun = broadcasts.now;
  for (let step = 0; step < 1_000; step += 1) {
    const waits = await Promise.all(replicas.map((one) => one.runOnce()));
    if ((await broadcasts.find('b'))?.finishedAt !== undefined) return broadcasts.now - begun;
    if (waits.every((waitMs) => waitMs > 0)) broadcasts.now += Math.min(...waits);
  }
  throw new Error('the broadcast does not end');
}

it('tells each user once, in two replicas', async () => {
  await broadcasts.add(BROADCAST);
  await finish(replica(), replica());
  expect(sent.map(({ userId }) => userId).toSorted()).toEqual(USERS);
  expect(new Set(sent.map(({ noticeId }) => noticeId))).toEqual(new Set(['broadcast:b']));
  expect(sent[0]?.event).toEqual({ type: 'm.room.message', content: { body: 'hello' } });
  expect(await broadcasts.find('b')).toMatchObject({ status: 'complete', recipients: 25, sent: 25, failed: 0 });
});

it('keeps to its rate, however many replicas there are', async () => {
  await broadcasts.add({ ...BROADCAST, perSecond: 5 });
  expect(await finish(replica(), replica(), replica())).toBeGreaterThan(4_500);
});

it('comes again to whom it did not reach, and gives up whom it cannot reach', async () => {
  let attempts = 0;
  answer = ({ userId }) => {
    if (userId === USERS[3] && attempts++ < 2) return new RoomUnavailableError('the room is away');
    if (userId === USERS[4]) return { outcome: 'refused', errcode: 'M_NOT_FOUND', httpStatus: 404, error: 'gone' };
    return { outcome: 'sent', eventId: '$e' };
  };
  await broadcasts.add(BROADCAST);
  await finish(replica());
  expect(sent.filter(({ userId }) => userId === USERS[3])).toHaveLength(3);
  expect(await broadcasts.find('b')).toMatchObject({ status: 'complete', sent: 24, failed: 1 });
  expect(await broadcasts.listFailed('b', 10)).toEqual([{ userId: USERS[4], error: 'gone' }]);
});

it('takes over from a replica that died with recipients in its hands', async () => {
  await broadcasts.add(BROADCAST);
  const survivor = replica();
  await survivor.runOnce();
  const { userIds } = await broadcasts.claimRecipients('b', 10, 30_000);
  expect(userIds).toHaveLength(10);
  await finish(survivor);
  expect(sent.map(({ userId }) => userId).toSorted()).toEqual(USERS);
});

it('rests while it is paused, and ends where it is cancelled', async () => {
  await broadcasts.add({ ...BROADCAST, perSecond: 5 });
  const running = replica();
  const control = new ControlBroadcasts({
    broadcasts,
    servers: { find: () => undefined },
    policyOf: () => undefined,
  });
  await running.runOnce();
  await running.runOnce();
  expect(await control.change('b', 'paused')).toMatchObject({ outcome: 'done' });
  expect(await control.change('b', 'paused')).toMatchObject({ outcome: 'done' });
  broadcasts.now += 60_000;
  expect(await running.runOnce()).toBe(1_000);
  expect(sent).toHaveLength(1);
  await control.change('b', 'active');
  await running.runOnce();
  expect(sent).toHaveLength(2);
  await control.change('b', 'cancelled');
  broadcasts.now += 60_000;
  await running.runOnce();
  expect(sent).toHaveLength(2);
  expect(await control.change('b', 'active')).toMatchObject({ outcome: 'refused', httpStatus: 409 });
  expect(await control.change('c', 'active')).toMatchObject({ outcome: 'refused', httpStatus: 404 });
});

it('is not begun where its server has no notices, or is not hosted', async () => {
  const server = {
    serverName: 'one.example',
    status: 'active',
    settings: {},
    origin: 'admin-api',
    version: 1,
    createdAt: 0,
  } as const;
  const control = (find: () => typeof server | undefined) =>
    new ControlBroadcasts({ broadcasts, servers: { find }, policyOf: () => undefined });
  expect(await control(() => undefined).start(BROADCAST)).toMatchObject({ outcome: 'refused', httpStatus: 404 });
  expect(await control(() => server).start(BROADCAST)).toMatchObject({ outcome: 'refused', httpStatus: 400 });
});
