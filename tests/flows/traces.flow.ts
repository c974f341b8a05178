import { randomBytes } from 'node:crypto';
import { Visitor } from '@plexus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import { ScriptedAppservice } from '../support/scripted-appservice.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothModes, traces, uniqueName } from './support/in-both-modes.ts';
import { followMessages, syncIntoRoom } from './support/timeline.ts';

/** What a message comes to, with the service in which it does where services are separate. */
const SPANS = [
  ['client-api', 'PUT /_matrix/client/v3/rooms/:roomId/send/:type/:transactionId'],
  ['client-api', "ask the room's owner: sendEvent"],
  ['event-persister', 'execute sendEvent'],
  ['event-persister', 'postgres store unit of work'],
  ['event-persister', 'send room.events'],
  ['sync', 'receive room.events'],
  ['sync', 'answer /sync'],
  ['federation-sender', 'receive room.events'],
  ['federation-sender', 'send federation.outbound'],
  ['federation-sender', 'receive federation.outbound'],
  ['federation-sender', 'send federation transaction'],
  ['appservice-sender', 'receive room.events'],
  ['appservice-sender', 'send appservice transaction'],
] as const;

inBothModes('an operator who asks where the time goes', (deploy) => {
  let deployment: Deployment;
  let root: MatrixClient;
  let alice: MatrixClient;
  let bridge: ScriptedAppservice;
  let remote: Visitor;

  beforeAll(async () => {
    deployment = await deploy();
    const http = new MatrixHttp(deployment);
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    root = await http.login(`@${name}:one.test`);
    alice = await http.register(uniqueName('alice'));
    remote = await Visitor.open(http, { destination: 'one.test' });
    const prefix = `_${uniqueName('traced')}_`;
    bridge = await ScriptedAppservice.start({ id: uniqueName('traced'), prefix, serverName: 'one.test' });
    await bridge.registerWith(root);
  });
  afterAll(async () => {
    await Promise.all([bridge.close(), remote.stop()]);
  });

  it('sees one trace from the request to the sync, the server and the bridge that get the message', async () => {
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    await remote.join(roomId, remote.user(uniqueName('bob')));
    await inviteBridge(roomId);
    const since = await syncIntoRoom(alice, roomId);
    const waiting = followMessages(alice, roomId, { since, count: 1 });
    const [traceId, parentId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    await sendTraced(roomId, `00-${traceId}-${parentId}-01`);
    await waiting;
    const isDistributed = deployment.mode === 'distributed';
    const wanted = SPANS.map(([service, span]) => `${isDistributed ? service : 'plexus'}: ${span}`);
    const missing = (): string[] => {
      const got = new Set(traces.spansOf(traceId).map(({ service, name }) => `${service}: ${name}`));
      return wanted.filter((span) => !got.has(span));
    };
    await expect.poll(missing, { timeout: 20_000 }).toEqual([]);
    const spans = traces.spansOf(traceId);
    const known = new Set([parentId, ...spans.map(({ spanId }) => spanId)]);
    expect(spans.filter(({ parentSpanId = '' }) => !known.has(parentSpanId))).toEqual([]);
  });

  it('changes how much all replicas of a service say, while they run', async () => {
    const service = deployment.mode === 'distributed' ? 'sync' : 'plexus';
    const processes = deployment.mode === 'distributed' ? deployment.processesOf('sync') : deployment.services;
    const path = `/_plexus/admin/v1/log_levels/${service}`;
    await root.ask('PUT', path, { level: 'debug', for_ms: 60_000 });
    await expect
      .poll(() => processes.every((one) => one.log().includes('"to":"debug"')), { timeout: 2_000 })
      .toBe(true);
    await root.ask('DELETE', path);
    await expect
      .poll(() => processes.every((one) => one.log().includes('"from":"debug"')), { timeout: 2_000 })
      .toBe(true);
  });

  /** A bridge is interested in a room as soon as one of its users is in it. */
  async function inviteBridge(roomId: string): Promise<void> {
    const http = new MatrixHttp(deployment);
    const username = `${textOf(bridge.registration, 'sender_localpart')}-ghost`;
    await waitUntil('the bridge is known', 20_000, async () => {
      const body = { type: 'm.login.application_service', username };
      const { status, body: answer } = await http.call('POST', '/_matrix/client/v3/register', {
        accessToken: bridge.token,
        body,
      });
      if (status !== 200) return textOf(answer, 'errcode') === 'M_USER_IN_USE';
      return true;
    });
    const ghost = new MatrixClient(http, { userId: `@${username}:one.test`, accessToken: bridge.token, deviceId: '' });
    await ghost.ask('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?user_id=${ghost.userId}`, {});
    await waitUntil('the bridge hears', 20_000, async () => {
      await alice.send(roomId, 'are you there?');
      return bridge.said.length > 0;
    });
  }

  async function sendTraced(roomId: string, traceparent: string): Promise<void> {
    const path = alice.sendPath(roomId, uniqueName('traced'));
    const answer = await fetch(deployment.baseUrlFor(path) + path, {
      method: 'PUT',
      headers: { authorization: `Bearer ${alice.session.accessToken}`, traceparent },
      body: JSON.stringify({ msgtype: 'm.text', body: 'traced' }),
    });
    expect(answer.status).toBe(200);
  }
});
