import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient, MatrixHttp, Reply } from '../../support/matrix-client.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const V3 = '/_matrix/client/v3';

let http: MatrixHttp;
let alice: MatrixClient;
let phone: MatrixClient;
beforeAll(async () => {
  http = await specified();
});
beforeEach(async () => {
  alice = await http.register(uniqueName('alice'));
  phone = await http.login(alice.userId);
});

function passwordOf({ userId }: MatrixClient, change: Json = {}): Json {
  return {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: userId },
    password: 'wonderland',
    ...change,
  };
}

async function deviceIds(): Promise<unknown[]> {
  const { devices } = await alice.ask('GET', `${V3}/devices`);
  return (devices as Json[]).map(({ device_id: id }) => id);
}

function remove(deviceId: string, auth?: Json): Promise<Reply> {
  return alice.call('DELETE', `${V3}/devices/${deviceId}`, auth === undefined ? {} : { auth });
}

describe('GET /devices', () => {
  it('lists one’s own devices', async () => {
    const own = [alice.session.deviceId, phone.session.deviceId];
    expect((await deviceIds()).toSorted()).toEqual(own.toSorted());
    const device = await alice.ask('GET', `${V3}/devices/${phone.session.deviceId}`);
    expect(device['device_id']).toBe(phone.session.deviceId);
    const bob = await http.register(uniqueName('bob'));
    expectError(await bob.call('GET', `${V3}/devices/${phone.session.deviceId}`), 404, 'M_NOT_FOUND');
  });
});

describe('PUT /devices/{deviceId}', () => {
  it('renames a device, and changes nothing without a name', async () => {
    const path = `${V3}/devices/${phone.session.deviceId}`;
    expect(await alice.ask('PUT', path, { display_name: 'Phone' })).toEqual({});
    expect(await alice.ask('PUT', path, {})).toEqual({});
    expect(await alice.ask('GET', path)).toMatchObject({ display_name: 'Phone' });
  });

  it('knows no device of others, and refuses a name that is none', async () => {
    expectError(await alice.call('PUT', `${V3}/devices/NONE`, { display_name: 'x' }), 404, 'M_NOT_FOUND');
    expectError(await alice.call('PUT', `${V3}/devices/NONE`, {}), 404, 'M_NOT_FOUND');
    const path = `${V3}/devices/${phone.session.deviceId}`;
    expectError(await alice.call('PUT', path, { display_name: 7 }), 400, 'M_BAD_JSON');
  });
});

describe('DELETE /devices/{deviceId}', () => {
  it('asks for the password, and removes the device with its token', async () => {
    const { deviceId, accessToken } = phone.session;
    const asked = await remove(deviceId);
    expect([asked.status, asked.body['flows']]).toEqual([401, [{ stages: ['m.login.password'] }]]);
    const { session } = asked.body;
    const wrong = await remove(deviceId, passwordOf(alice, { session, password: 'wrong' }));
    expect([wrong.status, wrong.body['errcode'], wrong.body['session']]).toEqual([401, 'M_FORBIDDEN', session]);
    expect((await remove(deviceId, passwordOf(alice, { session }))).status).toBe(200);
    expect(await deviceIds()).toEqual([alice.session.deviceId]);
    expectError(await http.call('GET', `${V3}/account/whoami`, { accessToken }), 401, 'M_UNKNOWN_TOKEN');
    expect((await remove(deviceId, passwordOf(alice))).status).toBe(200);
  });

  it('takes nobody else’s password, and no session of another request', async () => {
    const bob = await http.register(uniqueName('bob'));
    const { deviceId } = phone.session;
    expect((await remove(deviceId, passwordOf(bob))).body['errcode']).toBe('M_FORBIDDEN');
    const { session } = (await remove('OTHER')).body;
    expectError(await remove(deviceId, passwordOf(alice, { session })), 403, 'M_FORBIDDEN');
    const foreign = (await bob.call('DELETE', `${V3}/devices/${deviceId}`, {})).body['session'];
    expectError(await remove(deviceId, passwordOf(alice, { session: foreign })), 403, 'M_FORBIDDEN');
    expect(await deviceIds()).toContain(deviceId);
  });

  it('takes the password again in a session only while a stage is missing', async () => {
    const { deviceId } = phone.session;
    const { session } = (await remove(deviceId)).body;
    await remove(deviceId, passwordOf(alice, { session }));
    expect((await remove(deviceId, { session })).status).toBe(200);
  });
});

describe('POST /delete_devices', () => {
  it('removes several, its own among them', async () => {
    const devices = [phone.session.deviceId, alice.session.deviceId, 'NONE'];
    const asked = await alice.call('POST', `${V3}/delete_devices`, { devices });
    const auth = passwordOf(alice, { session: asked.body['session'] });
    expect((await alice.call('POST', `${V3}/delete_devices`, { devices, auth })).status).toBe(200);
    for (const client of [alice, phone]) expectError(await client.call('GET', `${V3}/devices`), 401, 'M_UNKNOWN_TOKEN');
  });

  it('refuses what is no list of devices', async () => {
    expectError(await alice.call('POST', `${V3}/delete_devices`, {}), 400, 'M_MISSING_PARAM');
    expectError(await alice.call('POST', `${V3}/delete_devices`, { devices: [7] }), 400, 'M_BAD_JSON');
  });
});
