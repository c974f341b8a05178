import { beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import type { Json, Reply } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

const V3 = '/_matrix/client/v3';
const UNKNOWN = { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } };

inBothModes('a user whose requests are answered by one replica and another', (deploy) => {
  let deployment: Deployment;
  let here: MatrixHttp;
  let there: MatrixHttp;
  beforeAll(async () => {
    deployment = await deploy();
    [here, there] = [new MatrixHttp(deployment.routesTo(0)), new MatrixHttp(deployment.routesTo(1))];
  });

  async function logIn(userId: string): Promise<Json> {
    const body = { type: 'm.login.password', user: userId, password: 'wonderland', refresh_token: true };
    return (await here.call('POST', `${V3}/login`, { body })).body;
  }

  it('uses tokens at one replica that another one refreshed, and loses the old ones everywhere', async () => {
    const { userId } = await here.register(uniqueName('refresher'));
    const first = await logIn(userId);
    const [oldAccess, oldRefresh] = [textOf(first, 'access_token'), textOf(first, 'refresh_token')];
    for (const http of [here, there]) expect((await whoAmI(http, oldAccess)).status).toBe(200);
    const second = (await refresh(here, oldRefresh)).body;
    expect((await whoAmI(there, textOf(second, 'access_token'))).status).toBe(200);
    for (const http of [here, there]) {
      await expect.poll(() => whoAmI(http, oldAccess), { timeout: 5_000 }).toMatchObject(UNKNOWN);
      expect(await refresh(http, oldRefresh)).toMatchObject(UNKNOWN);
    }
    expect((await refresh(there, textOf(second, 'refresh_token'))).status).toBe(200);
  });

  it('goes through interactive authentication at both, and a removed device is refused everywhere', async () => {
    const alice = await here.register(uniqueName('remover'));
    const phone = await there.login(alice.userId);
    for (const path of ['/account/whoami', '/sync?timeout=0'])
      for (const http of [here, there])
        expect((await new MatrixClient(http, phone.session).call('GET', V3 + path)).status).toBe(200);
    const path = `${V3}/devices/${phone.session.deviceId}`;
    const { session } = (await alice.call('DELETE', path, {})).body;
    const auth = { type: 'm.login.password', user: alice.userId, password: 'wonderland', session };
    expect((await new MatrixClient(there, alice.session).call('DELETE', path, { auth })).status).toBe(200);
    for (const http of [here, there]) {
      for (const gone of ['/account/whoami', '/sync?timeout=0']) {
        const ask = () => new MatrixClient(http, phone.session).call('GET', V3 + gone);
        await expect.poll(ask, { timeout: 5_000 }).toMatchObject(UNKNOWN);
      }
    }
  });

  it('shows where each device was last seen, /sync included', async () => {
    const alice = await here.register(uniqueName('seen'));
    const deviceId = alice.session.deviceId;
    await alice.sync();
    const seenAt = async () => (await alice.ask('GET', `${V3}/devices/${deviceId}`))['last_seen_ts'];
    await expect.poll(seenAt, { timeout: 30_000, interval: 500 }).toEqual(expect.any(Number));
  });
});

function whoAmI(http: MatrixHttp, accessToken: string): Promise<Reply> {
  return http.call('GET', `${V3}/account/whoami`, { accessToken });
}

function refresh(http: MatrixHttp, token: string): Promise<Reply> {
  return http.call('POST', `${V3}/refresh`, { body: { refresh_token: token } });
}
