import { beforeEach, describe, expect, it } from 'vitest';
import type { ProfileFields } from '@plexus/storage';
import { FakeAccounts, FakeCache, FakeProfiles } from '@plexus/testing';
import { profileCodec, StoredProfiles } from './stored-profiles.ts';

const ALICE = '@alice:one.example';
const BOB = '@bob:one.example';

describe('StoredProfiles', () => {
  let accounts: FakeAccounts;
  let profiles: FakeProfiles;
  let cache: FakeCache<ProfileFields>;
  let asked: (readonly string[])[];
  let stored: StoredProfiles;
  beforeEach(async () => {
    accounts = new FakeAccounts();
    profiles = new FakeProfiles(accounts);
    cache = new FakeCache();
    asked = [];
    await accounts.addUser({ userId: ALICE, passwordHash: undefined });
    await profiles.changeProfile(ALICE, 'displayname', 'Alice');
    await profiles.changeProfile(ALICE, 'org.example.a', [1]);
    stored = new StoredProfiles({
      profiles: {
        listProfiles: (userIds) => {
          asked.push(userIds);
          return profiles.listProfiles(userIds);
        },
      },
      cache,
      servers: { isHosted: (serverName) => serverName === 'one.example' },
    });
  });

  it('reads once what rooms show and what anybody may look up', async () => {
    expect(await stored.findProfiles([ALICE, ALICE])).toEqual(
      new Map([[ALICE, { displayName: 'Alice', avatarUrl: undefined }]]),
    );
    expect(Object.fromEntries((await stored.findProfile(ALICE)) ?? [])).toEqual({
      displayname: 'Alice',
      'org.example.a': [1],
    });
    expect(asked).toEqual([[ALICE]]);
  });

  it('does not remember that somebody is not there', async () => {
    expect(await stored.findProfile(BOB)).toBeUndefined();
    await accounts.addUser({ userId: BOB, passwordHash: undefined });
    expect(await stored.findProfile(BOB)).toEqual(new Map());
  });

  it('asks for nobody of another server', async () => {
    expect(await stored.findProfiles(['@eve:else.example', 'no user'])).toEqual(new Map());
    expect(asked).toEqual([]);
  });

  it('shares a profile as bytes', async () => {
    const profile = (await profiles.findProfile(ALICE)) ?? new Map<string, never>();
    expect(profileCodec.decode(profileCodec.encode(profile))).toEqual(profile);
    expect(profileCodec.encode(new Map()).length).toBeGreaterThan(0);
  });
});
