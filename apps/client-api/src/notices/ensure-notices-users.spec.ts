import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import type { AdminUser, AdminUserChange, HostedServerSettings } from '@plexus/storage';
import { FakeHostedServers } from '@plexus/testing';
import { beforeEach, expect, it } from 'vitest';
import { EnsureNoticesUsers } from './ensure-notices-users.ts';

const CONFIG = loadConfigText(
  'servers: []\nserver_notices: { system_mxid_localpart: notices, system_mxid_display_name: Operator }\n',
  readEnvironment({}),
);

let servers: FakeHostedServers;
let users: Map<string, Partial<AdminUser>>;
let persons: string[];
/** How often accounts were looked for. */
let looks: number;

beforeEach(() => {
  servers = new FakeHostedServers(['one.example', 'two.example']);
  users = new Map();
  persons = [];
  looks = 0;
});

function ensure(): EnsureNoticesUsers {
  const ports = {
    servers,
    clock: { now: () => 0, delay: async () => {} },
    users: {
      addUser: async ({ userId }: { readonly userId: string }) => {
        if (users.has(userId)) return false;
        users.set(userId, { userId, hasPassword: false });
        return true;
      },
    },
    userAdmin: {
      findUsers: async (userIds: readonly string[]) => {
        looks += 1;
        return userIds.map((userId) => userOf(users.get(userId))).filter((user) => user !== undefined);
      },
      changeUser: async (userId: string, { userType, displayName, avatarUrl }: AdminUserChange) => {
        users.set(userId, {
          ...users.get(userId),
          userType: userType ?? undefined,
          displayName: displayName ?? undefined,
          avatarUrl: avatarUrl ?? undefined,
        });
      },
    },
  };
  return new EnsureNoticesUsers(ports, CONFIG, {
    noticesUserIsPerson: (userId) => persons.push(userId),
    upkeepFailed: (error) => {
      throw error;
    },
  });
}

function userOf(user: Partial<AdminUser> | undefined): AdminUser | undefined {
  if (user?.userId === undefined) return undefined;
  return {
    userId: user.userId,
    hasPassword: user.hasPassword === true,
    isAdmin: false,
    isDeploymentAdmin: false,
    isGuest: false,
    isDeactivated: false,
    isErased: false,
    isLocked: false,
    isSuspended: false,
    isShadowBanned: false,
    userType: user.userType,
    displayName: user.displayName,
    avatarUrl: user.avatarUrl,
    createdAt: 0,
    lastSeenAt: undefined,
    registeredBy: undefined,
  };
}

it('gives every hosted server a user without a password, named as configured', async () => {
  await ensure().execute();
  expect([...users.keys()]).toEqual(['@notices:one.example', '@notices:two.example']);
  expect(users.get('@notices:one.example')).toMatchObject({
    hasPassword: false,
    userType: 'support',
    displayName: 'Operator',
  });
  expect(persons).toEqual([]);
});

it('follows servers as they come and change', async () => {
  const ensuring = ensure();
  await ensuring.execute();
  const settings: HostedServerSettings = { serverNotices: { displayName: 'One' } };
  await servers.changeServer('one.example', { settings });
  const added = { serverName: 'three.example', settings: { serverNotices: { enabled: false } } };
  await servers.addServer({ ...added, origin: 'admin-api', keyId: 'ed25519:1', seed: Buffer.alloc(32, 9) });
  await ensuring.execute();
  expect(users.get('@notices:one.example')).toMatchObject({ displayName: 'One' });
  expect(users.has('@notices:three.example')).toBe(false);
});

it('looks for thousands of users at once, and for none where nothing has changed', async () => {
  servers = new FakeHostedServers(Array.from({ length: 2_000 }, (_, index) => `s${index}.example`));
  await ensure().execute();
  expect([users.size, looks]).toEqual([2_000, 8]);
  const again = ensure();
  await again.execute();
  looks = 0;
  await servers.changeServer('s7.example', { settings: { serverNotices: { displayName: 'Seven' } } });
  await again.execute();
  expect(looks).toBe(2);
});

it('tells of a person who had the name before', async () => {
  users.set('@notices:one.example', { userId: '@notices:one.example', hasPassword: true });
  await ensure().execute();
  expect(persons).toEqual(['@notices:one.example']);
});
