import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_KEYS_OF_DEVICE } from '@plexus/storage';
import type {
  CrossSigningKeyRecord,
  CrossSigningRepository,
  CrossSigningUsage,
  DeviceKeyRepository,
  DeviceRepository,
  NewDeviceKeys,
  SessionRepository,
  UserKeyVersionReader,
  UserRepository,
} from '@plexus/storage';

export interface KeysHarness {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly deviceKeys: DeviceKeyRepository;
  readonly crossSigning: CrossSigningRepository;
  readonly versions: UserKeyVersionReader;
  readonly devices: Pick<DeviceRepository, 'renameDevice'>;
  close(): Promise<void>;
}

const CURVE = 'signed_curve25519';

/** What every adapter of the repositories of keys does. `open` is called once; each test takes users of its own. */
export function keysContract(adapter: string, open: () => Promise<KeysHarness>): void {
  describe(`KeysContract: ${adapter}`, () => {
    let harness: KeysHarness;
    let last = 0;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    async function addUser(...deviceIds: string[]): Promise<string> {
      const userId = `@k${++last}:one.example`;
      await harness.users.addUser({ userId, passwordHash: 'hash' });
      for (const deviceId of deviceIds) {
        const tokenHash = Buffer.from(`${userId} ${deviceId}`);
        await harness.sessions.openSession({ userId, deviceId, deviceDisplayName: `the ${deviceId}`, tokenHash });
      }
      return userId;
    }
    async function versionOf(userId: string): Promise<string | undefined> {
      return (await harness.versions.findKeyVersions([userId])).get(userId);
    }
    /** Does these one after the other, and gives the version after each. */
    async function versionsAfter(userId: string, changes: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
      const versions: unknown[] = [];
      for (const change of changes) {
        await change();
        versions.push(await versionOf(userId));
      }
      return versions;
    }
    function store(userId: string, keys: Partial<NewDeviceKeys>, deviceId = 'D') {
      const none = { deviceKeys: undefined, oneTimeKeys: [], fallbackKeys: [] };
      return harness.deviceKeys.storeKeys({ userId, deviceId, ...none, ...keys });
    }
    async function claim(userId: string, deviceId = 'D', algorithm = CURVE): Promise<string | undefined> {
      return (await harness.deviceKeys.claimKeys([{ userId, deviceId, algorithm }]))[0]?.keyId;
    }

    it('keeps identity keys of devices, and says whether that changed anything', async () => {
      const userId = await addUser('D', 'E');
      expect(await store(userId, { deviceKeys: '{"d":1}' })).toMatchObject({ changesDeviceList: true });
      expect(await store(userId, { deviceKeys: '{"d":1}' })).toMatchObject({ changesDeviceList: false });
      await store(userId, { deviceKeys: '{"e":1}' }, 'E');
      const one = { userId, deviceId: 'D', keys: '{"d":1}', displayName: 'the D' };
      expect(await harness.deviceKeys.findDeviceKeys([{ userId, deviceIds: ['D', 'F'] }])).toEqual([one]);
      const all = await harness.deviceKeys.findDeviceKeys([{ userId, deviceIds: [] }]);
      expect(all.map(({ deviceId }) => deviceId).sort()).toEqual(['D', 'E']);
    });

    it('keeps no keys of a device that there is not', async () => {
      const userId = await addUser();
      expect(await store(userId, { oneTimeKeys: oneTime('a') })).toEqual({ outcome: 'no-device' });
    });

    it('counts one-time keys, and refuses another key under the same id', async () => {
      const userId = await addUser('D');
      const counts = { oneTimeKeys: { [CURVE]: 2 }, unusedFallbackKeys: [] };
      expect(await store(userId, { oneTimeKeys: oneTime('a', 'b') })).toMatchObject({ outcome: 'stored', counts });
      expect(await store(userId, { oneTimeKeys: oneTime('b', 'a') })).toMatchObject({ outcome: 'stored', counts });
      const other = [...oneTime('c'), { algorithm: CURVE, keyId: 'a', key: '"x"' }];
      const refused = { outcome: 'other-key', algorithm: CURVE, keyId: 'a' };
      expect(await store(userId, { oneTimeKeys: other })).toEqual(refused);
      expect(await harness.deviceKeys.countKeys(userId, 'D')).toEqual(counts);
    });

    it('takes so many keys of a device and no more, and none of what is too much', async () => {
      const userId = await addUser('D', 'E');
      const all = oneTime(...Array.from({ length: MAX_KEYS_OF_DEVICE - 1 }, (_, index) => `k${index}`));
      const fallbackKeys = [{ algorithm: CURVE, keyId: 'f', key: '"f"' }];
      expect(await store(userId, { oneTimeKeys: all, fallbackKeys })).toMatchObject({ outcome: 'stored' });
      expect(await store(userId, { oneTimeKeys: oneTime('more') })).toEqual({ outcome: 'too-many' });
      const another = [{ algorithm: 'another', keyId: 'f', key: '"f"' }];
      expect(await store(userId, { fallbackKeys: another })).toEqual({ outcome: 'too-many' });
      expect(await store(userId, { oneTimeKeys: oneTime('k1'), fallbackKeys })).toMatchObject({ outcome: 'stored' });
      expect(await store(userId, { oneTimeKeys: oneTime('more') }, 'E')).toMatchObject({ outcome: 'stored' });
      await claim(userId);
      expect(await store(userId, { oneTimeKeys: oneTime('more') })).toMatchObject({ outcome: 'stored' });
    });

    it('gives one-time keys out once, in the order of their uploads', async () => {
      const userId = await addUser('D');
      await store(userId, { oneTimeKeys: oneTime('b') });
      await store(userId, { oneTimeKeys: oneTime('a') });
      expect([await claim(userId), await claim(userId), await claim(userId)]).toEqual(['b', 'a', undefined]);
    });

    it('does not bring back a key that was given out, when its upload is repeated', async () => {
      const userId = await addUser('D');
      await store(userId, { oneTimeKeys: oneTime('a') });
      await claim(userId);
      expect(await store(userId, { oneTimeKeys: oneTime('a') })).toMatchObject({ counts: { oneTimeKeys: {} } });
      await store(userId, { oneTimeKeys: [{ algorithm: CURVE, keyId: 'a', key: '"anew"' }] });
      expect(await claim(userId)).toBe('a');
    });

    it('falls back to a key that stays, and tells that it was used until it is replaced', async () => {
      const userId = await addUser('D');
      await store(userId, { oneTimeKeys: oneTime('a'), fallbackKeys: oneTime('f') });
      expect(await harness.deviceKeys.countKeys(userId, 'D')).toMatchObject({ unusedFallbackKeys: [CURVE] });
      expect([await claim(userId), await claim(userId), await claim(userId)]).toEqual(['a', 'f', 'f']);
      await store(userId, { fallbackKeys: oneTime('f') });
      expect(await harness.deviceKeys.countKeys(userId, 'D')).toMatchObject({ unusedFallbackKeys: [] });
      await store(userId, { fallbackKeys: oneTime('g') });
      expect(await harness.deviceKeys.countKeys(userId, 'D')).toMatchObject({ unusedFallbackKeys: [CURVE] });
      expect(await claim(userId)).toBe('g');
    });

    it('claims for several devices at once, and leaves out those that have nothing', async () => {
      const userId = await addUser('D', 'E', 'F');
      await store(userId, { oneTimeKeys: oneTime('d') }, 'D');
      await store(userId, { fallbackKeys: oneTime('e') }, 'E');
      const claims = ['D', 'E', 'F', 'G'].map((deviceId) => ({ userId, deviceId, algorithm: CURVE }));
      const claimed = await harness.deviceKeys.claimKeys(claims);
      expect(claimed.map(({ deviceId, keyId }) => [deviceId, keyId]).sort()).toEqual([
        ['D', 'd'],
        ['E', 'e'],
      ]);
    });

    it('never gives a key to two who claim at the same time', async () => {
      const userId = await addUser('D');
      const ids = Array.from({ length: 40 }, (_, index) => `k${index}`);
      await store(userId, { oneTimeKeys: oneTime(...ids) });
      const claimed = await Promise.all(Array.from({ length: 60 }, () => claim(userId)));
      const given = claimed.filter((keyId) => keyId !== undefined);
      expect(given.toSorted()).toEqual(ids.toSorted());
    });

    it('stores keys of cross-signing only over those that the caller knows', async () => {
      const userId = await addUser('D');
      const master = crossKey(userId, 'master', 'M');
      const changed = { outcome: 'stored', changesDeviceList: true };
      expect(await harness.crossSigning.storeCrossSigningKeys(userId, [master], [])).toEqual(changed);
      const meanwhile = await harness.crossSigning.storeCrossSigningKeys(userId, [crossKey(userId, 'master', 'N')], []);
      expect(meanwhile).toEqual({ outcome: 'changed-meanwhile' });
      const again = await harness.crossSigning.storeCrossSigningKeys(userId, [master], [master]);
      expect(again).toEqual({ outcome: 'stored', changesDeviceList: false });
      const named = await harness.crossSigning.storeCrossSigningKeys(
        userId,
        [crossKey(userId, 'self_signing', 'D')],
        [master],
      );
      expect(named).toEqual({ outcome: 'key-is-device-id' });
      expect(await harness.crossSigning.findCrossSigningKeys([userId])).toEqual([master]);
    });

    it('drops what a former master key stood for', async () => {
      const userId = await addUser('D');
      const keys = [crossKey(userId, 'master', 'M'), crossKey(userId, 'self_signing', 'S')];
      await harness.crossSigning.storeCrossSigningKeys(userId, keys, []);
      const signature = { userId, keyId: 'D', signerUserId: userId, signerKeyId: 'ed25519:S', signature: 's' };
      await harness.crossSigning.storeSignatures([signature]);
      await harness.crossSigning.storeCrossSigningKeys(userId, [crossKey(userId, 'master', 'N')], keys);
      const left = await harness.crossSigning.findCrossSigningKeys([userId]);
      expect(left.map(({ publicKey }) => publicKey)).toEqual(['N']);
      expect(await harness.crossSigning.findSignatures([userId], userId)).toEqual([]);
    });

    it('shows signatures to their signer and those of the owner to everybody', async () => {
      const [alice, bob, carol] = [await addUser(), await addUser(), await addUser()];
      const own = { userId: alice, keyId: 'D', signerUserId: alice, signerKeyId: 'ed25519:S', signature: 's' };
      const byBob = { userId: alice, keyId: 'M', signerUserId: bob, signerKeyId: 'ed25519:U', signature: 'u' };
      expect(await harness.crossSigning.storeSignatures([own, byBob])).toBe(true);
      expect(await harness.crossSigning.storeSignatures([own, byBob])).toBe(false);
      expect(await harness.crossSigning.findSignatures([alice], carol)).toEqual([own]);
      const forBob = await harness.crossSigning.findSignatures([alice], bob);
      expect(forBob.toSorted((a, b) => a.keyId.localeCompare(b.keyId))).toEqual([own, byBob]);
    });

    describe('the version of a user’s keys', () => {
      it('is another one after each change, and the same otherwise', async () => {
        const [userId, other] = [await addUser('D', 'E'), await addUser('D')];
        expect((await harness.versions.findKeyVersions([userId])).has(userId)).toBe(true);
        expect(await versionOf(userId)).toBeUndefined();
        const keys = [crossKey(userId, 'master', 'M'), crossKey(userId, 'self_signing', 'S')];
        const signature = { userId, keyId: 'D', signerUserId: userId, signerKeyId: 'ed25519:S', signature: 's' };
        const versions = await versionsAfter(userId, [
          () => store(userId, { deviceKeys: '{"d":1}' }),
          () => store(userId, { deviceKeys: '{"e":1}' }, 'E'),
          () => harness.devices.renameDevice(userId, 'D', 'another name'),
          () => harness.crossSigning.storeCrossSigningKeys(userId, keys, []),
          () => harness.crossSigning.storeSignatures([signature]),
          () => harness.sessions.removeDevices(userId, ['E']),
        ]);
        expect(new Set([...versions, undefined]).size).toBe(7);
        const unchanged = await versionsAfter(userId, [
          () => store(other, { deviceKeys: '{"d":1}' }),
          () => store(userId, { deviceKeys: '{"d":1}', oneTimeKeys: oneTime('a') }),
          () => harness.crossSigning.storeSignatures([{ ...signature, signerUserId: other }]),
        ]);
        expect(new Set(unchanged)).toEqual(new Set([versions.at(-1)]));
      });

      it('is there of users who exist only', async () => {
        const userId = await addUser('D');
        await store(userId, { deviceKeys: '{"d":1}' });
        expect([...(await harness.versions.findKeyVersions([userId, '@none:one.example'])).keys()]).toEqual([userId]);
        await harness.users.deactivateUser(userId);
        expect(await harness.versions.findKeyVersions([userId])).toEqual(new Map());
      });
    });
  });
}

function oneTime(...ids: string[]) {
  return ids.map((keyId) => ({ algorithm: CURVE, keyId, key: `"${keyId}"` }));
}

function crossKey(userId: string, usage: CrossSigningUsage, publicKey: string): CrossSigningKeyRecord {
  return { userId, usage, publicKey, key: `{"${publicKey}":1}` };
}
