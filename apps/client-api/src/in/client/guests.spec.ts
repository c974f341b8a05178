import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClientApi } from '../../../test-support/client-api-server.ts';
import type { Answer, ClientApiServer } from '../../../test-support/client-api-server.ts';
import { fakePorts } from '../../../test-support/fake-ports.ts';

const REGISTER = '/_matrix/client/v3/register';

let server: ClientApiServer;

beforeAll(async () => {
  server = await startClientApi(fakePorts(['one.example', 'two.example']));
  const settings = { registration: { guests: true, requiresToken: true } };
  await server.ports.servers.changeServer('one.example', { settings });
});
afterAll(() => server.stop());

function registerGuest(body: object): Promise<Answer> {
  return server.call('POST', `${REGISTER}?kind=guest`, { body, host: 'one.example' });
}

it('upgrades a guest by the rules of their own server, whichever the request names', async () => {
  const guest = (await registerGuest({})).body;
  const username = String(guest['user_id']).slice(1).split(':')[0];
  const body = { username, guest_access_token: guest['access_token'], password: 'p', auth: { type: 'm.login.dummy' } };
  const elsewhere = await server.call('POST', REGISTER, { body, host: 'two.example' });
  expect([elsewhere.status, elsewhere.body['errcode']]).toEqual([403, 'M_FORBIDDEN']);
  expect(await server.ports.users.findUser(String(guest['user_id']))).toMatchObject({ isGuest: true });
  const withoutToken = await server.call('POST', REGISTER, { body, host: 'one.example' });
  expect([withoutToken.status, withoutToken.body['flows']]).toEqual([
    401,
    [{ stages: ['m.login.registration_token', 'm.login.dummy'] }],
  ]);
});

it('looks at the name of a guest’s device alone, of all that is asked for', async () => {
  const { status, body } = await registerGuest({ refresh_token: true, initial_device_display_name: 'Phone' });
  expect([status, Object.keys(body)]).toEqual([200, ['user_id', 'home_server', 'access_token', 'device_id']]);
  const [device] = await server.ports.devices.listDevices(String(body['user_id']));
  expect(device).toMatchObject({ deviceId: body['device_id'], displayName: 'Phone' });
});
