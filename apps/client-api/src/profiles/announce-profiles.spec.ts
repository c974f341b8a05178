import { beforeEach, describe, expect, it } from 'vitest';
import type { ProfileFields } from '@plexus/storage';
import { FakeCache } from '@plexus/testing';
import { StoredProfiles } from '@plexus/user-streams';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { announceProfiles } from './announce-profiles.ts';
import type { ProfileWriters } from './announce-profiles.ts';

const ALICE = '@alice:one.example';

describe('announceProfiles', () => {
  let ports: FakePorts;
  let cache: FakeCache<ProfileFields>;
  let writers: ProfileWriters;
  let stored: StoredProfiles;
  beforeEach(async () => {
    ports = fakePorts();
    const { accounts } = ports;
    cache = new FakeCache();
    const userAdmin = {
      ...ports.admin.users,
      changeUser: async (userId: string, { displayName }: { readonly displayName?: string | null }) => {
        const user = await accounts.findUser(userId);
        if (user !== undefined) accounts.users.set(userId, { ...user, displayName: displayName ?? undefined });
      },
    };
    writers = announceProfiles({ ...ports, userAdmin }, cache);
    stored = new StoredProfiles({ profiles: ports.profiles, cache, servers: ports.servers });
    await ports.users.addUser({ userId: ALICE, passwordHash: undefined, displayName: 'Alice' });
    await shownName();
    if (!cache.values.has(ALICE)) throw new Error('the profile is not held');
  });

  async function shownName(): Promise<string | undefined> {
    return (await stored.findProfiles([ALICE])).get(ALICE)?.displayName;
  }

  it('announces what the user changes', async () => {
    expect(await writers.profiles.changeProfile(ALICE, 'displayname', 'Alicia')).toBe('changed');
    expect(await shownName()).toBe('Alicia');
    await writers.profiles.changeProfile(ALICE, 'org.example.a', 1);
    expect((await stored.findProfile(ALICE))?.get('org.example.a')).toBe(1);
  });

  it('announces what an administrator changes', async () => {
    await writers.userAdmin.changeUser(ALICE, { displayName: 'Mallory' });
    expect(await shownName()).toBe('Mallory');
  });

  it('announces that an account is closed', async () => {
    await writers.deactivations.startDeactivation({ userId: ALICE, erase: false });
    expect(await stored.findProfile(ALICE)).toBeUndefined();
  });

  it('announces that an account is closed for a removal', async () => {
    await writers.users.deactivateUser(ALICE);
    expect(await stored.findProfile(ALICE)).toBeUndefined();
  });
});
