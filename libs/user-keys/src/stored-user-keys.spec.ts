import { FakeAccounts, FakeCache, FakeCrossSigning, FakeDeviceKeys, FakeKeyVersions } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FoundKeys } from './show-keys.ts';
import { StoredUserKeys, userKeysCodec } from './stored-user-keys.ts';

const ALICE = '@alice:one.example';
const BOB = '@bob:one.example';

let accounts: FakeAccounts;
let deviceKeys: FakeDeviceKeys;
let asked: string[][];
let generation: number;
let stored: StoredUserKeys;
beforeEach(async () => {
  accounts = new FakeAccounts();
  deviceKeys = new FakeDeviceKeys(accounts);
  [asked, generation] = [[], 1];
  const crossSigning = new FakeCrossSigning(accounts);
  stored = new StoredUserKeys({
    versions: new FakeKeyVersions(accounts, { deviceKeys, crossSigning }),
    deviceKeys: {
      findDeviceKeys: (queries) => {
        asked.push(queries.map(({ userId }) => userId));
        return deviceKeys.findDeviceKeys(queries);
      },
    },
    crossSigning,
    generation: () => generation,
    cache: new FakeCache<FoundKeys>(),
  });
  for (const userId of [ALICE, BOB]) {
    await accounts.addUser({ userId, passwordHash: undefined });
    const tokenHash = Buffer.from(userId);
    await accounts.openSession({ userId, deviceId: 'D', deviceDisplayName: 'the D', tokenHash });
  }
});

async function upload(userId: string, keys: string): Promise<void> {
  await deviceKeys.storeKeys({ userId, deviceId: 'D', deviceKeys: keys, oneTimeKeys: [], fallbackKeys: [] });
}

async function keysOf(...userIds: string[]): Promise<Record<string, readonly string[]>> {
  const found = await stored.find(userIds);
  return Object.fromEntries([...found].map(([userId, { devices }]) => [userId, devices.map(({ keys }) => keys)]));
}

describe('StoredUserKeys', () => {
  it('reads keys once, and again at once when they have changed', async () => {
    await upload(ALICE, '{"a":1}');
    await upload(BOB, '{"b":1}');
    expect(await keysOf(ALICE)).toEqual({ [ALICE]: ['{"a":1}'] });
    expect(await keysOf(ALICE, BOB)).toEqual({ [ALICE]: ['{"a":1}'], [BOB]: ['{"b":1}'] });
    expect(await keysOf(ALICE, BOB)).toEqual({ [ALICE]: ['{"a":1}'], [BOB]: ['{"b":1}'] });
    expect(asked).toEqual([[ALICE], [BOB]]);
    await upload(ALICE, '{"a":2}');
    expect(await keysOf(ALICE, BOB)).toEqual({ [ALICE]: ['{"a":2}'], [BOB]: ['{"b":1}'] });
    expect(asked).toEqual([[ALICE], [BOB], [ALICE]]);
  });

  it('reads keys again in another generation, in which a version may mean others', async () => {
    await upload(ALICE, '{"a":1}');
    await keysOf(ALICE);
    generation = 2;
    await keysOf(ALICE);
    await keysOf(ALICE);
    expect(asked).toEqual([[ALICE], [ALICE]]);
  });

  it('keeps no keys of very many devices', async () => {
    const many = `{"a":"${'x'.repeat(70_000)}"}`;
    await upload(ALICE, many);
    await upload(BOB, '{"b":1}');
    for (let time = 0; time < 2; time += 1)
      expect(await keysOf(ALICE, BOB)).toEqual({ [ALICE]: [many], [BOB]: ['{"b":1}'] });
    expect(asked).toEqual([[ALICE, BOB], [ALICE]]);
  });

  it('does not remember that users have none', async () => {
    expect(await keysOf(ALICE, '@none:one.example')).toEqual({ [ALICE]: [] });
    expect(await keysOf(ALICE)).toEqual({ [ALICE]: [] });
    expect(asked).toEqual([[ALICE], [ALICE]]);
  });

  it('finds nothing of an account that was closed', async () => {
    await upload(ALICE, '{"a":1}');
    await keysOf(ALICE);
    await accounts.deactivateUser(ALICE);
    expect(await keysOf(ALICE)).toEqual({});
  });

  it('encodes what it keeps', async () => {
    await upload(ALICE, '{"a":1}');
    const found = (await stored.find([ALICE])).get(ALICE);
    expect(found && userKeysCodec.decode(userKeysCodec.encode(found))).toEqual(found);
  });
});
