import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '@plexus/matrix-base';
import { federationPath, Visitor } from '@plexus/testing';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { CryptoDevice } from '../support/crypto-device.ts';
import { expectError } from '../support/expect-answer.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';
import { specified, uniqueName } from '../support/specified-http.ts';

const CURVE = 'signed_curve25519';

let http: SpecifiedHttp;
let remote: Visitor;
let alice: MatrixClient;
let device: CryptoDevice;
let identity: JsonObject;

beforeAll(async () => {
  http = await specified();
  remote = await Visitor.open(http);
});
afterAll(() => remote.stop());
beforeEach(async () => {
  alice = await http.register(uniqueName('alice'));
  device = new CryptoDevice(alice);
  identity = device.identity();
  await device.upload({ device_keys: identity, one_time_keys: device.oneTimeKeys(2) });
});

describe('POST /user/keys/query', () => {
  const path = federationPath('v1/user/keys/query');

  it('shows the devices of users that the server has, and of no others', async () => {
    const asked = { [alice.userId]: [], '@nobody-at-all:localhost': [], '@a:elsewhere.example': [], nonsense: [] };
    expect(await remote.ask('POST', path, { device_keys: asked })).toEqual({
      device_keys: { [alice.userId]: { [device.deviceId]: identity } },
      master_keys: {},
      self_signing_keys: {},
    });
    const other = await remote.ask('POST', path, { device_keys: { [alice.userId]: ['OTHER', '\u0000'] } });
    expect(other['device_keys']).toEqual({ [alice.userId]: {} });
  });

  it('wants a map of lists', async () => {
    expectError(await remote.call('POST', path, {}), 400, 'M_MISSING_PARAM');
    expectError(await remote.call('POST', path, { device_keys: { [alice.userId]: 'all' } }), 400, 'M_BAD_JSON');
    expectError(await remote.call('POST', path), 400, 'M_NOT_JSON');
  });
});

describe('POST /user/keys/claim', () => {
  const path = federationPath('v1/user/keys/claim');

  async function claim(algorithm = CURVE): Promise<string[]> {
    const asked = { [alice.userId]: { [device.deviceId]: algorithm }, '@a:elsewhere.example': { D: CURVE } };
    const { one_time_keys: keys } = await remote.ask('POST', path, { one_time_keys: asked });
    expect(Object.keys(keys as Json).every((userId) => userId === alice.userId)).toBe(true);
    const ofUser = (keys as Record<string, Record<string, Json>>)[alice.userId];
    return Object.keys(ofUser?.[device.deviceId] ?? {});
  }

  it('gives each key once', async () => {
    const given = [...(await claim()), ...(await claim())];
    expect(new Set(given).size).toBe(2);
    expect(await claim()).toEqual([]);
    expect(await claim('\u0000')).toEqual([]);
    expectError(await remote.call('POST', path, { one_time_keys: { [alice.userId]: CURVE } }), 400, 'M_BAD_JSON');
  });
});

function devicesPath(userId: string): string {
  return federationPath('v1/user/devices', userId);
}

describe('GET /user/devices/{userId}', () => {
  it('lists devices that have keys, with a version that grows', async () => {
    const answer = await remote.ask('GET', devicesPath(alice.userId));
    const devices = [{ device_id: device.deviceId, keys: identity }];
    expect(answer).toEqual({ user_id: alice.userId, stream_id: expect.any(Number), devices });
    await device.upload({ device_keys: device.identity({ algorithms: [] }) });
    const later = await remote.ask('GET', devicesPath(alice.userId));
    expect(Number(later['stream_id'])).toBeGreaterThan(Number(answer['stream_id']));
  });

  it('knows only users of the server', async () => {
    expectError(await remote.call('GET', devicesPath('@nobody-at-all:localhost')), 404, 'M_NOT_FOUND');
    expectError(await remote.call('GET', devicesPath('@a:elsewhere.example')), 404, 'M_NOT_FOUND');
    expectError(await remote.call('GET', devicesPath('nonsense')), 400, 'M_INVALID_PARAM');
  });
});
