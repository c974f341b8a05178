import type { JsonObject } from '@plexus/matrix-base';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MatrixClient, MatrixHttp } from '../../support/matrix-client.ts';
import type { Json } from '../../support/matrix-client.ts';
import { CryptoDevice } from '../support/crypto-device.ts';
import { expectError } from '../support/expect-answer.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

const DEVICE = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';
const QUERY = '/_matrix/client/v3/keys/query';
const CLAIM = '/_matrix/client/v3/keys/claim';

let http: MatrixHttp;
let alice: MatrixClient;

/** @NOTE The specification does not describe these endpoints yet. */
beforeAll(async () => {
  http = new MatrixHttp(await sharedDeployment());
});
beforeEach(async () => {
  alice = await http.register(uniqueName('alice'));
});

function deviceOf(deviceId: string): { readonly device: CryptoDevice; readonly body: JsonObject } {
  const device = new CryptoDevice(new MatrixClient(http, { ...alice.session, deviceId }));
  const body = {
    device_id: deviceId,
    device_data: { algorithm: 'org.matrix.msc3814.v1.olm', account: 'secret' },
    initial_device_display_name: 'asleep',
    device_keys: device.identity({ dehydrated: true }),
    one_time_keys: device.oneTimeKeys(1),
    fallback_keys: device.fallbackKey(),
  };
  return { device, body };
}

async function devicesOf(userId: string): Promise<Json> {
  const { device_keys: keys } = await alice.ask('POST', QUERY, { device_keys: { [userId]: [] } });
  return (keys as Json)[userId] as Json;
}

describe('a dehydrated device', () => {
  it('is kept with its keys, which others use as those of any device', async () => {
    const { body } = deviceOf('ASLEEP');
    expect(await alice.ask('PUT', DEVICE, body)).toEqual({ device_id: 'ASLEEP' });
    expect(await alice.ask('GET', DEVICE)).toEqual({ device_id: 'ASLEEP', device_data: body['device_data'] });
    const shown = { ...(body['device_keys'] as JsonObject), unsigned: { device_display_name: 'asleep' } };
    expect(await devicesOf(alice.userId)).toEqual({ ASLEEP: shown });
    const claim = { one_time_keys: { [alice.userId]: { ASLEEP: 'signed_curve25519' } } };
    const { one_time_keys: claimed } = await alice.ask('POST', CLAIM, claim);
    expect(claimed).toEqual({ [alice.userId]: { ASLEEP: body['one_time_keys'] } });
  });

  it('takes the place of the one before it', async () => {
    for (const deviceId of ['FIRST', 'SECOND', 'SECOND']) await alice.ask('PUT', DEVICE, deviceOf(deviceId).body);
    expect(Object.keys(await devicesOf(alice.userId))).toEqual(['SECOND']);
    expect(await alice.ask('GET', DEVICE)).toMatchObject({ device_id: 'SECOND' });
  });

  it('is removed with its keys', async () => {
    expectError(await alice.call('GET', DEVICE), 404, 'M_NOT_FOUND');
    expectError(await alice.call('DELETE', DEVICE), 404, 'M_NOT_FOUND');
    await alice.ask('PUT', DEVICE, deviceOf('ASLEEP').body);
    expect(await alice.ask('DELETE', DEVICE)).toEqual({ device_id: 'ASLEEP' });
    expectError(await alice.call('GET', DEVICE), 404, 'M_NOT_FOUND');
    expect(await devicesOf(alice.userId)).toEqual({});
  });

  it('gives what was sent to it page by page, as often as it is asked', async () => {
    await alice.ask('PUT', DEVICE, deviceOf('ASLEEP').body);
    const bob = await http.register(uniqueName('bob'));
    const messages = { [alice.userId]: { ASLEEP: { n: 1 } } };
    await bob.ask('PUT', '/_matrix/client/v3/sendToDevice/org.test/t1', { messages });
    const events = [{ type: 'org.test', sender: bob.userId, content: { n: 1 } }];
    for (const _time of [1, 2]) {
      const first = await alice.ask('POST', `${DEVICE}/ASLEEP/events`, {});
      expect(first['events']).toEqual(events);
      const next = await alice.ask('POST', `${DEVICE}/ASLEEP/events`, { next_batch: first['next_batch'] });
      expect(next).toEqual({ events: [], next_batch: first['next_batch'] });
    }
    await alice.ask('PUT', DEVICE, deviceOf('ANEW').body);
    expect(await alice.ask('POST', `${DEVICE}/ANEW/events`, {})).toMatchObject({ events: [] });
  });

  it('gives nothing of other devices', async () => {
    const { deviceId } = alice.session;
    expectError(await alice.call('POST', `${DEVICE}/${deviceId}/events`, {}), 404, 'M_NOT_FOUND');
    await alice.ask('PUT', DEVICE, deviceOf('ASLEEP').body);
    expectError(await alice.call('POST', `${DEVICE}/${deviceId}/events`, {}), 403, 'M_FORBIDDEN');
    const nonsense = await alice.call('POST', `${DEVICE}/ASLEEP/events`, { next_batch: 'x' });
    expectError(nonsense, 400, 'M_INVALID_PARAM');
  });

  it.each<[string, (body: JsonObject) => JsonObject, string]>([
    ['keys of another device', (body) => ({ ...body, device_id: 'OTHER' }), 'M_INVALID_PARAM'],
    ['no keys', ({ device_keys: _gone, ...body }) => body, 'M_MISSING_PARAM'],
    ['no data', ({ device_data: _gone, ...body }) => body, 'M_MISSING_PARAM'],
  ])('is refused with %s', async (_title, change, errcode) => {
    expectError(await alice.call('PUT', DEVICE, change(deviceOf('ASLEEP').body)), 400, errcode);
  });

  it('is refused under the id of another device', async () => {
    const { deviceId } = alice.session;
    expectError(await alice.call('PUT', DEVICE, deviceOf(deviceId).body), 400, 'M_INVALID_PARAM');
  });
});
