import type { JsonObject } from '@plexus/matrix-base';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MatrixHttp } from '../../support/matrix-client.ts';
import type { Json, MatrixClient, Reply } from '../../support/matrix-client.ts';
import { CryptoDevice, crossSigningKey, TestKey } from '../support/crypto-device.ts';
import { expectError } from '../support/expect-answer.ts';
import { sharedDeployment, specified, uniqueName } from '../support/specified-http.ts';
import type { SpecifiedHttp } from '../support/specified-http.ts';

const KEYS = '/_matrix/client/v3/keys/device_signing/upload';
const SIGNATURES = '/_matrix/client/v3/keys/signatures/upload';
const QUERY = '/_matrix/client/v3/keys/query';

/** A user with all keys of cross-signing. */
class SigningUser {
  readonly client: MatrixClient;
  readonly master = new TestKey();
  readonly self = new TestKey();
  readonly user = new TestKey();

  constructor(client: MatrixClient) {
    this.client = client;
  }

  get masterKey(): JsonObject {
    return crossSigningKey(this.master, this.client.userId, 'master');
  }

  /** The keys, signed by the master key. */
  get keys(): JsonObject {
    const { userId } = this.client;
    return {
      master_key: this.masterKey,
      self_signing_key: this.master.sign(crossSigningKey(this.self, userId, 'self_signing'), userId),
      user_signing_key: this.master.sign(crossSigningKey(this.user, userId, 'user_signing'), userId),
    };
  }

  upload(keys: JsonObject = this.keys): Promise<Reply> {
    return this.client.call('POST', KEYS, keys);
  }

  /** What this user is shown of a user. */
  async query(userId: string): Promise<Json> {
    return this.client.ask('POST', QUERY, { device_keys: { [userId]: [] } });
  }

  async sign(signed: JsonObject): Promise<unknown> {
    return (await this.client.ask('POST', SIGNATURES, signed))['failures'];
  }
}

let http: SpecifiedHttp;
let alice: SigningUser;
let bob: SigningUser;

beforeAll(async () => {
  http = await specified();
});
beforeEach(async () => {
  alice = new SigningUser(await http.register(uniqueName('alice')));
  bob = new SigningUser(await http.register(uniqueName('bob')));
});

describe('POST /keys/device_signing/upload', () => {
  it('publishes keys; the user-signing key is shown to its owner alone', async () => {
    expect((await alice.upload()).status).toBe(200);
    const { userId } = alice.client;
    const { master_key: master, self_signing_key: self, user_signing_key: user } = alice.keys;
    expect(await alice.query(userId)).toMatchObject({
      master_keys: { [userId]: master },
      self_signing_keys: { [userId]: self },
      user_signing_keys: { [userId]: user },
    });
    const seen = await bob.query(userId);
    expect([seen['master_keys'], seen['user_signing_keys']]).toEqual([{ [userId]: master }, {}]);
  });

  it('asks for the password before keys are changed, not where they are there already', async () => {
    await alice.upload();
    expect((await alice.upload()).status).toBe(200);
    const { keys } = new SigningUser(alice.client);
    // The specification's description of this endpoint leaves the 401 out.
    const plain = new MatrixHttp(await sharedDeployment());
    const upload = (body: JsonObject): Promise<Reply> =>
      plain.call('POST', KEYS, { body, accessToken: alice.client.session.accessToken });
    const asked = await upload(keys);
    expect([asked.status, asked.body['flows']]).toEqual([401, [{ stages: ['m.login.password'] }]]);
    const identifier = { type: 'm.id.user', user: alice.client.userId };
    const auth = { type: 'm.login.password', session: String(asked.body['session']), identifier, password: 'wrong' };
    expect((await upload({ ...keys, auth })).status).toBe(401);
    expect((await upload({ ...keys, auth: { ...auth, password: 'wonderland' } })).status).toBe(200);
    expect(await bob.query(alice.client.userId)).toMatchObject({
      master_keys: { [alice.client.userId]: keys['master_key'] },
    });
  });

  it.each<[string, (user: SigningUser) => JsonObject, number, string]>([
    ['keys without a master key', ({ keys: { master_key: _gone, ...rest } }) => rest, 400, 'M_MISSING_PARAM'],
    [
      'a key that the master key did not sign',
      ({ keys, self, client: { userId } }) => {
        return { ...keys, self_signing_key: self.sign(crossSigningKey(self, userId, 'self_signing'), userId) };
      },
      400,
      'M_INVALID_SIGNATURE',
    ],
    [
      'a key of somebody else',
      ({ master }) => ({ master_key: crossSigningKey(master, '@other:localhost', 'master') }),
      400,
      'M_INVALID_PARAM',
    ],
    [
      'a key without usage',
      ({ keys }) => ({ ...keys, master_key: { user_id: '@a:b', keys: {} } }),
      400,
      'M_MISSING_PARAM',
    ],
  ])('refuses %s', async (_title, keysOf, status, errcode) => {
    expectError(await alice.upload(keysOf(alice)), status, errcode);
  });

  it('refuses a key that is the id of a device, and a device with the id of a key', async () => {
    const login = (deviceId: string): Promise<Reply> =>
      http.call('POST', '/_matrix/client/v3/login', {
        body: {
          type: 'm.login.password',
          identifier: { type: 'm.id.user', user: alice.client.userId },
          password: 'wonderland',
          device_id: deviceId,
        },
      });
    expect((await login(alice.master.publicKey)).status).toBe(200);
    expectError(await alice.upload(), 403, 'M_FORBIDDEN');
    await bob.upload();
    const other = new SigningUser(alice.client);
    expect((await other.upload()).status).toBe(200);
    expectError(await login(other.master.publicKey), 403, 'M_FORBIDDEN');
  });
});

describe('POST /keys/signatures/upload', () => {
  it('adds signatures to the own devices and master key, seen by everybody', async () => {
    const { userId } = alice.client;
    const device = new CryptoDevice(alice.client);
    const identity = device.identity();
    await device.upload({ device_keys: identity });
    await alice.upload();
    const signedDevice = alice.self.sign(identity, userId);
    const signedMaster = device.key.sign(alice.masterKey, userId, device.deviceId);
    const signed = { [userId]: { [device.deviceId]: signedDevice, [alice.master.publicKey]: signedMaster } };
    expect(await alice.sign(signed)).toEqual({});
    const seen = await bob.query(userId);
    expect(seen['master_keys']).toEqual({ [userId]: signedMaster });
    expect(((seen['device_keys'] as Json)[userId] as Json)[device.deviceId]).toMatchObject(signedDevice);
  });

  it('adds a signature to the master key of another user, seen by the signer alone', async () => {
    await Promise.all([alice.upload(), bob.upload()]);
    const { userId } = bob.client;
    const signed = alice.user.sign(bob.masterKey, alice.client.userId);
    expect(await alice.sign({ [userId]: { [bob.master.publicKey]: signed } })).toEqual({});
    expect((await alice.query(userId))['master_keys']).toEqual({ [userId]: signed });
    expect((await bob.query(userId))['master_keys']).toEqual({ [userId]: bob.masterKey });
  });

  it('says of each wrong one what is wrong', async () => {
    await Promise.all([alice.upload(), bob.upload()]);
    const wrong = bob.user.sign(bob.masterKey, alice.client.userId, alice.user.publicKey);
    const failures = await alice.sign({
      [alice.client.userId]: { NONE: alice.masterKey },
      [bob.client.userId]: { [bob.master.publicKey]: wrong },
    });
    expect(failures).toMatchObject({
      [alice.client.userId]: { NONE: { errcode: 'M_NOT_FOUND' } },
      [bob.client.userId]: { [bob.master.publicKey]: { errcode: 'M_INVALID_SIGNATURE' } },
    });
    expectError(await alice.client.call('POST', SIGNATURES, { [bob.client.userId]: 'x' }), 400, 'M_BAD_JSON');
  });
});
