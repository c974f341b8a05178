import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';
import { onSharedServers } from '../support/servers/on-shared-servers.ts';
import { arm, disarm } from './support/failpoint-faults.ts';
import { isFull } from './support/settings.ts';

const BROADCASTS = '/_plexus/admin/v1/broadcasts';
const PLACES = ['notices.after-send', 'notices.before-send', 'notices.after-finish'];
const USERS = isFull ? 400 : 50;
const PER_SECOND = isFull ? 60 : 20;
const AT_ONCE = 10;
const ENDS_WITHIN_MS = 120_000;

let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

async function registerAll(http: MatrixHttp): Promise<MatrixClient[]> {
  const clients: MatrixClient[] = [];
  for (let first = 0; first < USERS; first += AT_ONCE) {
    const names = Array.from({ length: Math.min(AT_ONCE, USERS - first) }, (_, index) => `user${first + index}`);
    clients.push(...(await Promise.all(names.map((name) => http.register(name)))));
  }
  return clients;
}

/** Ids of the messages that a user sees in the rooms to which they are invited. */
async function readNotices(client: MatrixClient): Promise<{ readonly rooms: number; readonly messages: string[] }> {
  const { rooms } = (await client.sync()) as { rooms?: { invite?: Json; join?: Json } };
  const roomIds = Object.keys(rooms?.invite ?? {});
  const messages: string[] = [];
  for (const roomId of roomIds) {
    await client.join(roomId);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=50`;
    const { chunk } = await client.ask('GET', path);
    const said = (chunk as Json[]).filter(({ type }) => type === 'm.room.message');
    messages.push(...said.map((event) => textOf(event, 'event_id')));
  }
  return { rooms: roomIds.length, messages };
}

describe('a broadcast', () => {
  it(
    'reaches each user once, in one room each, whichever replica of notices dies',
    { timeout: 1_800_000 },
    async () => {
      const settings = { ...laboratorySettings, server_notices: { system_mxid_localpart: 'notices' } };
      deployment = await launchCluster({
        settings,
        services: ['event-persister', 'client-api', 'sync', 'notices'],
        ...onSharedServers(),
      });
      const http = new MatrixHttp(deployment);
      const clients = await registerAll(http);
      await deployment.command(['user', 'create', '@root:localhost', '--admin', '--password', 'wonderland']);
      const root = await http.login('@root:localhost');
      const userIds = clients.map(({ userId }) => userId);
      const [first, second] = deployment.processesOf('notices');
      if (first === undefined || second === undefined) throw new Error('there are two replicas of notices');

      const wanted = {
        content: { msgtype: 'm.text', body: 'hello' },
        per_second: PER_SECOND,
        audience: { users: userIds },
      };
      const started = await root.call('POST', BROADCASTS, wanted);
      expect(started.status).toBe(201);
      const path = `${BROADCASTS}/${textOf(started.body, 'broadcast_id')}`;
      for (const [turn, place] of (isFull ? PLACES : PLACES.slice(0, 1)).entries()) {
        const [dying, other] = turn % 2 === 0 ? [first, second] : [second, first];
        // Alone it has all recipients, so that it comes by.
        await other.kill();
        const isHit = await arm(dying, place, `kill@${2 + turn}`);
        const starting = dying.start();
        await isHit();
        await disarm(dying);
        await other.start();
        await starting;
        await dying.kill();
        await dying.start();
      }

      const deadline = Date.now() + ENDS_WITHIN_MS;
      let progress = await root.ask('GET', path);
      while (progress['status'] !== 'complete' && Date.now() < deadline) {
        await delay(200);
        progress = await root.ask('GET', path);
      }
      expect(progress).toMatchObject({ status: 'complete', recipients: USERS, sent: USERS, failed: 0 });
      for (let at = 0; at < clients.length; at += AT_ONCE) {
        const seen = await Promise.all(clients.slice(at, at + AT_ONCE).map(readNotices));
        expect(seen.map(({ rooms, messages }) => [rooms, messages.length])).toEqual(seen.map(() => [1, 1]));
      }
    },
  );
});
