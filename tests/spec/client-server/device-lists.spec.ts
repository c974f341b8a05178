import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Json, MatrixClient } from '../../support/matrix-client.ts';
import { CryptoDevice } from '../support/crypto-device.ts';
import { expectError } from '../support/expect-answer.ts';
import { specified, uniqueName } from '../support/specified-http.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';

const CHANGES = '/_matrix/client/v3/keys/changes';
const ENCRYPTION = { algorithm: 'm.megolm.v1.aes-sha2' };

let http: SpecifiedHttp;
let alice: MatrixClient;
let bob: MatrixClient;
let roomId: string;

beforeAll(async () => {
  http = await specified();
});
beforeEach(async () => {
  [alice, bob] = [await http.register(uniqueName('alice')), await http.register(uniqueName('bob'))];
  roomId = await alice.createRoom({
    preset: 'public_chat',
    initial_state: [{ type: 'm.room.encryption', state_key: '', content: ENCRYPTION }],
  });
});

async function tokenOf(client: MatrixClient): Promise<string> {
  return String((await client.sync())['next_batch']);
}

/** The first answer since a token that tells of device lists, and the token after it. */
async function nextLists(client: MatrixClient, since: string): Promise<{ lists: Json; next: string }> {
  for (let token = since; ;) {
    const answer = await client.sync({ since: token, timeout: 30_000 });
    token = String(answer['next_batch']);
    if (answer['device_lists'] !== undefined) return { lists: answer['device_lists'] as Json, next: token };
  }
}

function changesPath(from: string, to: string): string {
  return `${CHANGES}?${new URLSearchParams({ from, to })}`;
}

describe('device_lists of /sync, and /keys/changes', () => {
  it('tell who came, whose devices changed, and who went', async () => {
    const begin = await tokenOf(alice);
    await bob.join(roomId);
    const came = await nextLists(alice, begin);
    expect(came.lists).toEqual({ changed: [bob.userId], left: [] });
    const device = new CryptoDevice(bob);
    await device.upload({ device_keys: device.identity() });
    const changed = await nextLists(alice, came.next);
    expect(changed.lists).toEqual({ changed: [bob.userId], left: [] });
    expect(await alice.ask('GET', changesPath(came.next, changed.next))).toEqual(changed.lists);
    await bob.leave(roomId);
    const left = await nextLists(alice, changed.next);
    expect(left.lists).toEqual({ changed: [], left: [bob.userId] });
    expect(await alice.ask('GET', changesPath(changed.next, left.next))).toEqual(left.lists);
    expect(await alice.ask('GET', changesPath(left.next, left.next))).toEqual({ changed: [], left: [] });
  });

  it('tell of devices that are gone', async () => {
    await bob.join(roomId);
    const device = new CryptoDevice(bob);
    await device.upload({ device_keys: device.identity() });
    const since = await tokenOf(alice);
    await bob.ask('POST', '/_matrix/client/v3/logout', {});
    expect((await nextLists(alice, since)).lists).toEqual({ changed: [bob.userId], left: [] });
  });
});

describe('GET /keys/changes', () => {
  it('refuses what is no token', async () => {
    const token = await tokenOf(alice);
    for (const path of [changesPath('x', token), changesPath(token, 't1_2')])
      expectError(await alice.call('GET', path), 400, 'M_INVALID_PARAM');
    expectError(await alice.call('GET', `${CHANGES}?from=${token}`), 400, 'M_MISSING_PARAM');
  });

  it('is not for guests', async () => {
    const { body } = await http.call('POST', '/_matrix/client/v3/register?kind=guest', { body: {} });
    const reply = await http.call('GET', changesPath('x', 'x'), { accessToken: String(body['access_token']) });
    expectError(reply, 403, 'M_GUEST_ACCESS_FORBIDDEN');
  });
});

describe('numbers of keys in /sync', () => {
  it('follow uploads and claims', async () => {
    const device = new CryptoDevice(alice);
    await device.upload({ one_time_keys: device.oneTimeKeys(2), fallback_keys: device.fallbackKey() });
    const told = async (): Promise<unknown[]> => {
      const answer = await alice.sync();
      return [answer['device_one_time_keys_count'], answer['device_unused_fallback_key_types']];
    };
    expect(await told()).toEqual([{ signed_curve25519: 2 }, ['signed_curve25519']]);
    const claim = { one_time_keys: { [alice.userId]: { [device.deviceId]: 'signed_curve25519' } } };
    for (const left of [1, 0]) {
      await bob.ask('POST', '/_matrix/client/v3/keys/claim', claim);
      expect(await told()).toEqual([{ signed_curve25519: left }, ['signed_curve25519']]);
    }
    await bob.ask('POST', '/_matrix/client/v3/keys/claim', claim);
    expect(await told()).toEqual([{ signed_curve25519: 0 }, []]);
  });
});
