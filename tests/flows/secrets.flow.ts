import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';
import { ScriptedAppservice } from '../support/scripted-appservice.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothModes, traces, uniqueName } from './support/in-both-modes.ts';
import { PLANTED_PASSWORD, searchForSecrets, secretsIn } from '../support/search-for-secrets.ts';

const V3 = '/_matrix/client/v3';

inBothModes('an operator who reads all that is written', (deploy) => {
  let deployment: Deployment;
  let http: MatrixHttp;
  let root: MatrixClient;
  let alice: MatrixClient;
  let bridge: ScriptedAppservice;

  beforeAll(async () => {
    deployment = await deploy();
    http = new MatrixHttp(deployment);
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    root = await http.login(`@${name}:one.test`);
    await root.ask('PUT', '/_plexus/admin/v1/log_levels/all', { level: 'debug', for_ms: 120_000 });
    alice = await http.register(uniqueName('alice'), PLANTED_PASSWORD);
    const prefix = `_${uniqueName('told')}_`;
    bridge = await ScriptedAppservice.start({ id: uniqueName('told'), prefix, serverName: 'one.test' });
    await bridge.registerWith(root);
  });
  afterAll(async () => {
    await root.call('DELETE', '/_plexus/admin/v1/log_levels/all');
    await bridge.close();
  });

  it('finds no token and no password, whatever went wrong', async () => {
    const { accessToken } = alice.session;
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    const ghost = await registerGhost();
    await http.call('POST', `${V3}/join/${encodeURIComponent(roomId)}?access_token=${bridge.token}&user_id=${ghost}`, {
      body: {},
    });
    const traceId = randomBytes(16).toString('hex');
    const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
    bridge.script = () => 503;
    // Tokens where they belong and where they do not, in requests that succeed and that fail.
    for (const [method, path, options] of [
      ['PUT', alice.sendPath(roomId, uniqueName('t')), { accessToken, body: { msgtype: 'm.text', body: 'psst' } }],
      ['GET', `${V3}/sync?timeout=0&access_token=${accessToken}`, {}],
      ['GET', `${V3}/account/whoami?access%5Ftoken=${accessToken}`, {}],
      ['GET', `${V3}/account/whoami?user_id=@nobody:one.test`, { accessToken: bridge.token }],
      ['GET', `${V3}/account/whoami`, { accessToken: `${bridge.token}-secret` }],
      ['GET', `${V3}/nowhere?access_token=${accessToken}`, { accessToken }],
      ['POST', `${V3}/login`, { body: { type: 'm.login.password', user: 'nobody', password: PLANTED_PASSWORD } }],
      ['POST', `${V3}/login`, { body: { type: 'm.login.token', token: accessToken } }],
      ['POST', `${V3}/refresh`, { body: { refresh_token: accessToken } }],
      ['POST', `${V3}/createRoom`, { accessToken, body: Buffer.from(`{"access_token":"${accessToken}"`) }],
      ['POST', '/_plexus/admin/v1/appservices', { accessToken: root.session.accessToken, body: bridge.registration }],
    ] as const) {
      await http.call(method, path, { ...options, headers: { traceparent } });
    }
    const id = textOf(bridge.registration, 'id');
    await waitUntil('all that is told of is written', 20_000, async () => {
      const logs = await Promise.all(deployment.services.map(async (service) => String(await service.readLog(0))));
      const isRefusalTold = logs.some((log) => log.includes('did not take a transaction') && log.includes(id));
      return isRefusalTold && traces.spansOf(traceId).some(({ name }) => name.includes('/sync'));
    });
    expect(await searchForSecrets(deployment, traces)).toEqual([]);
    expect(bridge.wire.length).toBeGreaterThan(0);
    expect(bridge.wire.flatMap((sent) => secretsIn('what the bridge is sent', sent))).toEqual([]);
  });

  /** A user of the bridge. */
  async function registerGhost(): Promise<string> {
    const username = `${textOf(bridge.registration, 'sender_localpart')}-ghost`;
    await waitUntil('the bridge is known', 20_000, async () => {
      const body = { type: 'm.login.application_service', username };
      const { status } = await http.call('POST', `${V3}/register`, { accessToken: bridge.token, body });
      return status === 200 || status === 400;
    });
    return encodeURIComponent(`@${username}:one.test`);
  }
});
