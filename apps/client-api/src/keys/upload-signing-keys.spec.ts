import { StateReader } from '@plexus/room-view';
import {
  FakeAccounts,
  FakeCache,
  FakeCrossSigning,
  FakeDeviceKeys,
  FakeKeyVersions,
  FakeRemoteDeviceLists,
  FakeRooms,
} from '@plexus/testing';
import { StoredUserKeys } from '@plexus/user-keys';
import { beforeEach, describe, expect, it } from 'vitest';
import { requesterOf } from '../../test-support/fake-ports.ts';
import { FakeRemoteServers } from '../../test-support/fake-remote-servers.ts';
import { crossSigningKey, signBy, TestKey } from '../../test-support/signed-keys.ts';
import { FindListAnchors } from './find-list-anchors.ts';
import { KnownDeviceLists } from './known-device-lists.ts';
import { QueryKeys } from './query-keys.ts';
import { QueryRemoteKeys } from './query-remote-keys.ts';
import { UploadSignatures } from './upload-signatures.ts';
import { UploadSigningKeys } from './upload-signing-keys.ts';

const ALICE = '@alice:one.example';
const BOB = '@bob:one.example';
type Uploaded = Parameters<UploadSignatures['execute']>[1];

let accounts: FakeAccounts;
let crossSigning: FakeCrossSigning;
let deviceKeys: FakeDeviceKeys;
let proofs: number;
let announced: string[];
const deviceLists = { deviceListChanged: (userId: string) => void announced.push(userId) };

beforeEach(() => {
  accounts = new FakeAccounts();
  [crossSigning, deviceKeys] = [new FakeCrossSigning(accounts), new FakeDeviceKeys(accounts)];
  proofs = 0;
  announced = [];
});

/** Uploads as this user, who proves to be it where `canProve`: whether anything was stored. */
async function upload(body: object, { userId = ALICE, canProve = false } = {}): Promise<boolean> {
  const interactiveAuth = {
    execute: async () => {
      proofs += 1;
      if (!canProve) return { outcome: 'ask' as const, response: { flows: [] } };
      return { outcome: 'complete' as const, completed: {}, session: undefined };
    },
  };
  const uploading = new UploadSigningKeys({ crossSigning, deviceLists }, interactiveAuth);
  const uploaded = await uploading.execute({ requester: requesterOf(userId), body, clientAddress: '127.0.0.1' });
  return uploaded.outcome === 'stored';
}

function keysOf(master: TestKey, self: TestKey, userId = ALICE) {
  return {
    master_key: crossSigningKey(master, userId, 'master'),
    self_signing_key: signBy(master, crossSigningKey(self, userId, 'self_signing'), userId),
  };
}

describe('UploadSigningKeys', () => {
  const [master, self, user] = [new TestKey(1), new TestKey(2), new TestKey(3)];

  it('takes the first keys, and the same keys again, without a proof', async () => {
    expect(await upload(keysOf(master, self))).toBe(true);
    expect(await upload(keysOf(master, self))).toBe(true);
    expect([proofs, announced]).toEqual([0, [ALICE]]);
  });

  it.each<[string, object]>([
    ['another master key', { master_key: crossSigningKey(user, ALICE, 'master') }],
    ['a further key', { user_signing_key: signBy(master, crossSigningKey(user, ALICE, 'user_signing'), ALICE) }],
    ['a key that is there, without the master key', { self_signing_key: keysOf(master, self).self_signing_key }],
  ])('takes %s only with a proof', async (_title, body) => {
    await upload(keysOf(master, self));
    expect(await upload(body)).toBe(false);
    expect(await upload(body, { canProve: true })).toBe(true);
    expect(proofs).toBe(2);
  });

  it.each<[string, object, string]>([
    ['no key at all', {}, 'M_MISSING_PARAM'],
    ['a key without a master key', { self_signing_key: keysOf(master, self).self_signing_key }, 'M_MISSING_PARAM'],
    [
      'a key that another one signed',
      { ...keysOf(master, self), self_signing_key: signBy(user, crossSigningKey(self, ALICE, 'self_signing'), ALICE) },
      'M_INVALID_SIGNATURE',
    ],
    ['a key of another user', keysOf(master, self, BOB), 'M_INVALID_PARAM'],
    ['a key for another usage', { master_key: crossSigningKey(master, ALICE, 'self_signing') }, 'M_INVALID_PARAM'],
    [
      'two public keys',
      { master_key: { user_id: ALICE, usage: ['master'], keys: { 'ed25519:a': 'a', 'ed25519:b': 'b' } } },
      'M_INVALID_PARAM',
    ],
    [
      'a name that is not the public key',
      { master_key: { user_id: ALICE, usage: ['master'], keys: { 'ed25519:a': master.publicKey } } },
      'M_INVALID_PARAM',
    ],
  ])('refuses %s', async (_title, body, errcode) => {
    await expect(upload(body)).rejects.toMatchObject({ errcode, httpStatus: 400 });
  });

  it('refuses a key that is the id of a device', async () => {
    accounts.devices.set(`${ALICE} ${master.publicKey}`, undefined);
    await expect(upload(keysOf(master, self))).rejects.toMatchObject({ errcode: 'M_FORBIDDEN', httpStatus: 403 });
  });
});

describe('UploadSignatures', () => {
  const [master, self, user, device] = [new TestKey(1), new TestKey(2), new TestKey(3), new TestKey(4)];
  const bobsMaster = new TestKey(5);
  const identity = signBy(
    device,
    { user_id: ALICE, device_id: 'D', algorithms: [], keys: { 'ed25519:D': device.publicKey } },
    ALICE,
    'D',
  );
  const aliceMaster = crossSigningKey(master, ALICE, 'master');

  beforeEach(async () => {
    accounts.devices.set(`${ALICE} D`, undefined);
    const keys = { userId: ALICE, deviceId: 'D', deviceKeys: JSON.stringify(identity) };
    await deviceKeys.storeKeys({ ...keys, oneTimeKeys: [], fallbackKeys: [] });
    const userKey = signBy(master, crossSigningKey(user, ALICE, 'user_signing'), ALICE);
    await upload({ ...keysOf(master, self), user_signing_key: userKey });
    await upload({ master_key: crossSigningKey(bobsMaster, BOB, 'master') }, { userId: BOB });
  });

  const servers = { isHosted: (name: string) => name === 'one.example' };
  let remoteServers: FakeRemoteServers;
  let remoteKeys: QueryRemoteKeys;
  beforeEach(() => {
    const [rooms, lists] = [new FakeRooms(), new FakeRemoteDeviceLists()];
    const anchors = new FindListAnchors({ userRooms: rooms, rooms, states: new StateReader(rooms, new FakeCache()) });
    remoteServers = new FakeRemoteServers();
    remoteKeys = new QueryRemoteKeys({
      remoteServers,
      lists,
      anchors,
      known: new KnownDeviceLists({ lists, anchors }),
    });
  });

  function sign(uploaded: Uploaded) {
    const ports = { crossSigning, deviceKeys, deviceLists, servers, remoteKeys };
    return new UploadSignatures(ports).execute(requesterOf(ALICE), uploaded);
  }
  async function signersOf(userId: string, viewer = ALICE): Promise<string[]> {
    const found = await crossSigning.findSignatures([userId], viewer);
    return found.map(({ keyId, signerKeyId }) => `${keyId} by ${signerKeyId}`).sort();
  }

  it('takes those for the own devices and master key, and for master keys of others', async () => {
    const failures = await sign({
      [ALICE]: {
        D: signBy(self, identity, ALICE),
        [master.publicKey]: signBy(device, aliceMaster, ALICE, 'D'),
      },
      [BOB]: { [bobsMaster.publicKey]: signBy(user, crossSigningKey(bobsMaster, BOB, 'master'), ALICE) },
    });
    expect(failures).toEqual({});
    expect(announced.slice(-2)).toEqual([ALICE, BOB]);
    expect(await signersOf(ALICE, BOB)).toEqual(
      [`D by ed25519:${self.publicKey}`, `${master.publicKey} by ed25519:D`].sort(),
    );
    expect(await signersOf(BOB)).toEqual([`${bobsMaster.publicKey} by ed25519:${user.publicKey}`]);
    expect(await signersOf(BOB, '@carol:one.example')).toEqual([]);
  });

  it('takes one for the master key of another server’s user, and shows it to the signer alone', async () => {
    const [rhea, theirs] = ['@rhea:other.example', new TestKey(6)];
    const master = signBy(theirs, crossSigningKey(theirs, rhea, 'master'), rhea);
    remoteServers.answer = () => ({
      outcome: 'answered',
      status: 200,
      body: { device_keys: {}, master_keys: { [rhea]: master } },
    });
    expect(await sign({ [rhea]: { [theirs.publicKey]: signBy(user, master, ALICE) } })).toEqual({});
    expect(announced.at(-1)).toBe(rhea);
    const versions = new FakeKeyVersions(accounts, { deviceKeys, crossSigning });
    const stored = new StoredUserKeys({
      versions,
      deviceKeys,
      crossSigning,
      generation: () => 1,
      cache: new FakeCache(),
    });
    const query = new QueryKeys({ stored, crossSigning, servers, remoteKeys });
    const seenBy = async (userId: string) =>
      (await query.execute(requesterOf(userId), { device_keys: { [rhea]: [] } })).master_keys[rhea];
    expect(await seenBy(ALICE)).toEqual(signBy(user, master, ALICE));
    expect(await seenBy(BOB)).toEqual(master);
  });

  it.each<[string, Uploaded, string]>([
    ['a device that there is not', { [ALICE]: { E: identity } }, 'M_NOT_FOUND'],
    ['a user of a server that does not answer', { '@c:other.example': { K: identity } }, 'M_CONNECTION_FAILED'],
    ['what is no user', { carol: { K: identity } }, 'M_NOT_FOUND'],
    ['a device of another user', { [BOB]: { D: identity } }, 'M_NOT_FOUND'],
    ['a device by the wrong key', { [ALICE]: { D: signBy(user, identity, ALICE) } }, 'M_INVALID_SIGNATURE'],
    [
      'a changed device',
      { [ALICE]: { D: signBy(self, { ...identity, algorithms: ['x'] }, ALICE) } },
      'M_INVALID_SIGNATURE',
    ],
    ['a device that nobody signed anew', { [ALICE]: { D: identity } }, 'M_INVALID_SIGNATURE'],
    ['what cannot be signed', { [ALICE]: { D: { ...identity, x: 0.5 } } }, 'M_BAD_JSON'],
    [
      'a master key of another user by a device',
      { [BOB]: { [bobsMaster.publicKey]: signBy(device, crossSigningKey(bobsMaster, BOB, 'master'), ALICE, 'D') } },
      'M_INVALID_SIGNATURE',
    ],
  ])('refuses %s, and takes the rest', async (_title, uploaded, errcode) => {
    const good = { [master.publicKey]: signBy(device, aliceMaster, ALICE, 'D') };
    const failures = await sign({ ...uploaded, [ALICE]: { ...good, ...uploaded[ALICE] } });
    expect(Object.values(failures).flatMap((keys) => Object.values(keys).map((error) => error['errcode']))).toEqual([
      errcode,
    ]);
    expect(await signersOf(ALICE)).toEqual([`${master.publicKey} by ed25519:D`]);
  });
});
