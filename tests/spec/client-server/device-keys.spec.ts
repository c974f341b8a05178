import type { JsonObject } from '@plexus/matrix-base';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MatrixClient } from '../../support/matrix-client.ts';
import type { Json } from '../../support/matrix-client.ts';
import { CryptoDevice, TestKey } from '../support/crypto-device.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';

const UPLOAD = '/_matrix/client/v3/keys/upload';
const QUERY = '/_matrix/client/v3/keys/query';
const CLAIM = '/_matrix/client/v3/keys/claim';
const CURVE = 'signed_curve25519';

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let device: CryptoDevice;

beforeAll(async () => {
  http = await specified();
});
beforeEach(async () => {
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  device = new CryptoDevice(alice);
});

async function devicesOf(userId: string, asked: string[] = []): Promise<unknown> {
  const { device_keys: keys } = await bob.ask('POST', QUERY, { device_keys: { [userId]: asked } });
  return (keys as Json)[userId];
}

async function claim(deviceId = device.deviceId): Promise<[string, unknown][]> {
  const { one_time_keys: keys } = await bob.ask('POST', CLAIM, {
    one_time_keys: { [alice.userId]: { [deviceId]: CURVE } },
  });
  return Object.entries(((keys as Json)[alice.userId] as Json | undefined)?.[deviceId] ?? {});
}

describe('POST /keys/upload', () => {
  it('keeps identity keys, which others find with the name of the device', async () => {
    const { body } = await alice.call('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: alice.userId },
      password: 'wonderland',
      initial_device_display_name: 'phone',
      device_id: 'PHONE',
    });
    const accessToken = String(body['access_token']);
    const phone = new CryptoDevice(new MatrixClient(http, { userId: alice.userId, deviceId: 'PHONE', accessToken }));
    const identity = phone.identity();
    expect(await phone.upload({ device_keys: identity })).toEqual({ one_time_key_counts: {} });
    const shown = { ...identity, unsigned: { device_display_name: 'phone' } };
    expect(await devicesOf(alice.userId)).toEqual({ PHONE: shown });
    expect(await devicesOf(alice.userId, ['PHONE', 'OTHER'])).toEqual({ PHONE: shown });
    expect(await devicesOf(alice.userId, ['OTHER'])).toEqual({});
  });

  it('counts one-time keys, also when it is repeated', async () => {
    const keys = device.oneTimeKeys(3);
    const counts = { one_time_key_counts: { [CURVE]: 3 } };
    expect(await device.upload({ one_time_keys: keys })).toEqual(counts);
    expect(await device.upload({ one_time_keys: keys })).toEqual(counts);
    expect(await device.upload({})).toEqual(counts);
  });

  it('refuses another one-time key under the same id', async () => {
    const keys = device.oneTimeKeys(1);
    await device.upload({ one_time_keys: keys });
    const [name = ''] = Object.keys(keys);
    const [other = null] = Object.values(device.oneTimeKeys(1));
    expectError(await alice.call('POST', UPLOAD, { one_time_keys: { [name]: other } }), 400, 'M_INVALID_PARAM');
  });

  it.each<[string, (made: CryptoDevice) => JsonObject, string]>([
    ['another user', (made) => made.identity({ user_id: '@other:localhost' }), 'M_INVALID_PARAM'],
    ['another device', (made) => made.identity({ device_id: 'OTHER' }), 'M_INVALID_PARAM'],
    ['no key of the device', (made) => made.identity({ keys: {} }), 'M_INVALID_PARAM'],
    ['a change after signing', (made) => ({ ...made.identity(), algorithms: [] }), 'M_INVALID_SIGNATURE'],
    ['no signature', (made) => ({ ...made.identity(), signatures: {} }), 'M_INVALID_SIGNATURE'],
    ['a number that cannot be signed', (made) => ({ ...made.identity(), x: 0.5 }), 'M_INVALID_SIGNATURE'],
  ])('refuses identity keys with %s', async (_title, make, errcode) => {
    expectError(await alice.call('POST', UPLOAD, { device_keys: make(device) }), 400, errcode);
  });

  it.each<[string, Json, string]>([
    ['a name without an id', { one_time_keys: { curve: 'x' } }, 'M_INVALID_PARAM'],
    ['a key that is a number', { one_time_keys: { 'curve25519:A': 1 } }, 'M_BAD_JSON'],
    ['a signed key without signatures', { one_time_keys: { [`${CURVE}:A`]: { key: 'x' } } }, 'M_BAD_JSON'],
    ['two fallback keys of an algorithm', { fallback_keys: { 'a:1': 'x', 'a:2': 'y' } }, 'M_INVALID_PARAM'],
    ['identity keys without keys', { device_keys: { user_id: '@a:b' } }, 'M_MISSING_PARAM'],
  ])('refuses %s', async (_title, body, errcode) => {
    expectError(await alice.call('POST', UPLOAD, body), 400, errcode);
  });
});

describe('POST /keys/query', () => {
  it('leaves out who does not exist, and names servers that it cannot ask', async () => {
    const body = await bob.ask('POST', QUERY, {
      device_keys: { [alice.userId]: [], '@nobody:localhost': [], '@carol:elsewhere.test': [] },
    });
    expect(body['device_keys']).toEqual({ [alice.userId]: {} });
    expect(Object.keys(body['failures'] as Json)).toEqual(['elsewhere.test']);
  });

  it('refuses what is no user id', async () => {
    expectError(await bob.call('POST', QUERY, { device_keys: { alice: [] } }), 400, 'M_INVALID_PARAM');
    expectError(await bob.call('POST', QUERY, { device_keys: { [alice.userId]: 'all' } }), 400, 'M_BAD_JSON');
    expectError(await bob.call('POST', QUERY, {}), 400, 'M_MISSING_PARAM');
  });
});

describe('POST /keys/claim', () => {
  it('gives each one-time key out once, then the fallback key', async () => {
    const [keys, fallback] = [device.oneTimeKeys(2), device.fallbackKey()];
    await device.upload({ one_time_keys: keys, fallback_keys: fallback });
    const claimed = [await claim(), await claim()].flat();
    expect(Object.fromEntries(claimed)).toEqual(keys);
    expect([await claim(), await claim()].flat()).toEqual([...Object.entries(fallback), ...Object.entries(fallback)]);
    expect(await device.upload({ one_time_keys: keys })).toEqual({ one_time_key_counts: {} });
  });

  it('leaves out devices without keys, and names servers that it cannot ask', async () => {
    const asked = { [alice.userId]: { NONE: CURVE }, '@carol:elsewhere.test': { D: CURVE } };
    const { failures, one_time_keys: keys } = await bob.ask('POST', CLAIM, { one_time_keys: asked });
    expect([keys, Object.keys(failures as Json)]).toEqual([{}, ['elsewhere.test']]);
  });

  it('refuses what names no algorithm', async () => {
    expectError(await bob.call('POST', CLAIM, { one_time_keys: { [alice.userId]: { D: 1 } } }), 400, 'M_BAD_JSON');
    expectError(await bob.call('POST', CLAIM, {}), 400, 'M_MISSING_PARAM');
  });
});

describe('the removal of a device', () => {
  it('takes its keys along', async () => {
    await device.upload({ device_keys: device.identity(), one_time_keys: device.oneTimeKeys(1) });
    await alice.ask('POST', '/_matrix/client/v3/logout', {});
    expect(await devicesOf(alice.userId)).toEqual({});
    expect(await claim()).toEqual([]);
  });
});

describe('keys of guests', () => {
  it('are uploaded as those of other users', async () => {
    const { body } = await http.call('POST', '/_matrix/client/v3/register?kind=guest', { body: {} });
    const reply = await http.call('POST', UPLOAD, {
      body: { one_time_keys: { 'curve25519:A': new TestKey().publicKey } },
      accessToken: String(body['access_token']),
    });
    expect([reply.status, reply.body]).toEqual([200, { one_time_key_counts: { curve25519: 1 } }]);
  });
});
