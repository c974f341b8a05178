import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { Random } from '../support/faults/random.ts';
import type { Json } from '../support/matrix-client.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import { ScriptedAppservice } from '../support/scripted-appservice.ts';
import { onSharedServers } from '../support/servers/on-shared-servers.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { arm, disarm } from './support/failpoint-faults.ts';
import { isFull, seed } from './support/settings.ts';

const FAILPOINTS = [
  'appservice.before-append',
  'appservice.after-append',
  'appservice.before-begin',
  'appservice.before-send',
  'appservice.after-send',
  'appservice.after-finish',
];
const services = ['event-persister', 'client-api', 'appservice-sender'] as const;
const HALF_AN_HOUR = 1_800_000;
const ARRIVES_WITHIN_MS = 60_000;
const PAUSE_MS = 30;

let deployment: Deployment | undefined;
let bridge: ScriptedAppservice | undefined;
afterEach(async () => {
  await deployment?.dispose();
  await bridge?.close();
  deployment = undefined;
});

/** Says one thing after the other until it is stopped; gives what was answered. */
function speak(speaker: MatrixClient, roomId: string, signal: AbortSignal) {
  const said: string[] = [];
  async function run(): Promise<void> {
    for (let number = 0; !signal.aborted; number += 1) {
      // Repeated under its transaction id, it is said once.
      const body = `${number}`;
      await speaker.send(roomId, body, `said-${number}`);
      said.push(body);
      await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return { said, done: run() };
}

/** Kills one of the two, and the other at a place at which it may be, or at each; all of them take turns in the full rounds. */
async function inflict({ processesOf }: Deployment, random: Random): Promise<void> {
  const [first, second] = processesOf('appservice-sender');
  if (first === undefined || second === undefined) throw new Error('there are two of them');
  for (const place of random.shuffle(FAILPOINTS).slice(0, isFull ? FAILPOINTS.length : 1)) {
    // Alone it has all queues, so that it comes by.
    await second.kill();
    const isHit = await arm(first, place, `kill@${1 + random.integer(3)}`);
    const starting = first.start();
    await isHit();
    await disarm(first);
    await Promise.all([second.start(), starting]);
  }
  if (!isFull) return;
  for (const sender of [first, second]) {
    await sender.kill();
    await sender.start();
  }
}

it('sends everything once and in order, whichever appservice-sender dies', { timeout: HALF_AN_HOUR }, async () => {
  const random = new Random(seed);
  deployment = await launchCluster({ services, ...onSharedServers() });
  const { serverName } = deployment;
  const http = new MatrixHttp(deployment);
  await deployment.command(['user', 'create', `@root:${serverName}`, '--admin', '--password', 'wonderland']);
  const root = await http.login(`@root:${serverName}`);
  bridge = await ScriptedAppservice.start({ id: 'irc', prefix: '_irc_', serverName });
  await bridge.registerWith(root);
  const { token } = bridge;
  let answer: Json = {};
  // Every process knows of a registration within a second.
  await waitUntil('the bridge may register its user', ARRIVES_WITHIN_MS, async () => {
    const body = { type: 'm.login.application_service', username: '_irc_bob' };
    const reply = await http.call('POST', '/_matrix/client/v3/register', { accessToken: token, body });
    answer = reply.body;
    return reply.status === 200;
  });
  const ghost = new MatrixClient(http, {
    userId: textOf(answer, 'user_id'),
    accessToken: textOf(answer, 'access_token'),
    deviceId: textOf(answer, 'device_id'),
  });
  const alice = await http.register('alice');
  const roomId = await alice.createRoom({ preset: 'public_chat' });
  await ghost.join(roomId);
  const moody = bridge;
  await waitUntil('the bridge is known', ARRIVES_WITHIN_MS, async () => {
    await alice.send(roomId, 'are you there?');
    return moody.said.length > 0;
  });
  moody.script = () => (random.integer(10) < 2 ? [undefined, 503][random.integer(2)] : 200);
  const stopping = new AbortController();
  const { said, done } = speak(alice, roomId, stopping.signal);
  try {
    await inflict(deployment, random);
  } finally {
    stopping.abort();
    await done;
  }
  moody.script = () => 200;
  await root.ask('POST', '/_plexus/admin/v1/appservices/irc/queue/retry', {});
  await waitUntil('the last message arrives', ARRIVES_WITHIN_MS, () => moody.said.at(-1) === said.at(-1));
  expect(moody.said.filter((body) => body !== 'are you there?')).toEqual(said);
  expect(moody.violations).toEqual([]);
});
