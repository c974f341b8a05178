import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { coreServiceNames } from '../../scripts/cluster/deployment.ts';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { Random } from '../support/faults/random.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { arm, disarm } from './support/failpoint-faults.ts';
import { OtherServer } from './support/other-server.ts';
import { isFull, seed } from './support/settings.ts';

const FAILPOINTS = [
  'sender.after-distribution',
  'sender.before-begin',
  'sender.before-send',
  'sender.after-send',
  'sender.after-finish',
];
const SETTINGS = {
  ...laboratorySettings,
  federation: {
    verify_certificates: false,
    ip_range_whitelist: ['127.0.0.0/8', '::1/128'],
    destination_min_retry_interval: '500ms',
    destination_max_retry_interval: '2s',
    transaction_quick_retries: 2,
  },
};
const ROOMS = 3;
const PAUSE_MS = 50;
const HALF_AN_HOUR = 1_800_000;
const ARRIVES_WITHIN_MS = 60_000;

let deployment: Deployment | undefined;
const others: OtherServer[] = [];
afterEach(async () => {
  await Promise.all(others.splice(0).map(({ visitor }) => visitor.stop()));
  await deployment?.dispose();
  deployment = undefined;
});

/** Does something again until it is answered well: a fault or a busy machine may be in the way. */
async function untilDone<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted === true) throw error;
      await delay(200);
    }
  }
}

/** Says one thing after the other in a room until it is stopped; gives what was answered. */
function speak(
  speaker: MatrixClient,
  roomId: string,
  signal: AbortSignal,
): { readonly said: string[]; done: Promise<void> } {
  const said: string[] = [];
  async function run(): Promise<void> {
    while (!signal.aborted) {
      const body = `${roomId} ${said.length}`;
      await untilDone(() => speaker.send(roomId, body), signal);
      said.push(body);
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return { said, done: run() };
}

/** Kills each sender, one at a place at which it may be, or at each, and the owner of half the rooms. */
async function inflict({ processesOf }: Deployment, random: Random): Promise<void> {
  const [first, second] = processesOf('federation-sender');
  if (first === undefined || second === undefined) throw new Error('there are two senders');
  for (const sender of isFull ? [first, second] : []) {
    await sender.kill();
    await sender.start();
  }
  for (const place of random.shuffle(FAILPOINTS).slice(0, isFull ? FAILPOINTS.length : 1)) {
    // Alone it has all queues, so that it comes by.
    await second.kill();
    const isHit = await arm(first, place, `kill@${1 + random.integer(3)}`);
    const starting = first.start();
    await isHit();
    await disarm(first);
    await second.start();
    await starting;
    await first.kill();
    await first.start();
  }
  const [persister] = processesOf('event-persister');
  await persister?.kill();
  await persister?.start();
}

describe('what goes to other servers', () => {
  it('comes once and in order, whichever sender dies', { timeout: HALF_AN_HOUR }, async () => {
    const random = new Random(seed);
    deployment = await launchCluster({ services: coreServiceNames, settings: SETTINGS });
    const { serverName } = deployment;
    const alice = await new MatrixHttp(deployment).register('alice');
    const steady = await OtherServer.start(deployment, serverName, random);
    const moody = await OtherServer.start(deployment, serverName, random);
    others.push(steady, moody);
    const roomIds: string[] = [];
    for (let room = 0; room < ROOMS; room += 1) {
      const roomId = await untilDone(() => alice.createRoom({ preset: 'public_chat', room_version: '11' }));
      for (const { visitor } of others) await untilDone(() => visitor.join(roomId));
      roomIds.push(roomId);
    }
    const stopping = new AbortController();
    const talks = roomIds.map((roomId) => ({ roomId, ...speak(alice, roomId, stopping.signal) }));
    moody.moodiness = 4;

    try {
      await inflict(deployment, random);
    } finally {
      stopping.abort();
      await Promise.allSettled(talks.map(({ done }) => done));
    }
    moody.moodiness = 0;
    for (const other of others) {
      for (const { roomId, said } of talks) {
        const hasLast = (): boolean => other.hasHeard(said.at(-1) ?? '');
        await waitUntil(`the last message of ${roomId} arrives`, ARRIVES_WITHIN_MS, hasLast);
      }
    }
    // One that took every transaction has everything, in its order; the other one the newest of each room.
    // What was asked for last may have been stored without an answer.
    for (const { roomId, said } of talks) expect(steady.said(`${roomId} `).slice(0, said.length)).toEqual(said);
    expect(others.flatMap(({ violations }) => violations)).toEqual([]);
  });
});
