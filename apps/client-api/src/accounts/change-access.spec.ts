import { AppserviceRegistry } from '@plexus/appservices';
import { Authenticator, hashAccessToken } from '@plexus/service-shell';
import type { AccessRecord } from '@plexus/storage';
import { FakeAccounts, FakeAppservices, FakeCache, FakeHostedServers } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChangeAccess } from './change-access.ts';
import { CloseSessions } from './close-sessions.ts';

const GHOST = '@_irc_a:one.example';

let accounts: FakeAccounts;
let lookUps: string[];
let authenticator: Authenticator;
let closeSessions: CloseSessions;
beforeEach(async () => {
  accounts = new FakeAccounts();
  lookUps = [];
  const cache = new FakeCache<AccessRecord>();
  const servers = new FakeHostedServers(['one.example']);
  const appservices = new FakeAppservices();
  const settings = {
    senderLocalpart: 'ircbot',
    namespaces: { users: [{ regex: '@_irc_.*', isExclusive: true }], aliases: [], rooms: [] },
    protocols: [],
    isRateLimited: true,
    ipRangeWhitelist: [],
    receivesEphemeral: false,
    receivesDeviceChanges: false,
    managesDevices: true,
  };
  const stored = { id: 'irc', servers: 'all', settings, hsToken: 'hs', origin: 'admin-api' } as const;
  await appservices.addAppservice({ ...stored, tokenHash: hashAccessToken('as') });
  const tokens = {
    findAccess: (hash: Buffer) => accounts.findAccess(hash),
    findUserAccess: (userId: string) => accounts.findUserAccess(userId),
    hasDevice: (userId: string, deviceId: string) => {
      lookUps.push(deviceId);
      return accounts.hasDevice(userId, deviceId);
    },
  };
  const clock = { now: () => Date.now() };
  authenticator = new Authenticator(tokens, cache, servers, {
    clock,
    uses: { confirm: async () => undefined, seen: () => undefined },
    appservices: new AppserviceRegistry(appservices, servers, clock),
    appserviceBlocked: () => undefined,
    isNoticesUser: () => false,
    usage: { check: () => undefined },
  });
  closeSessions = new CloseSessions(accounts, new ChangeAccess(accounts, cache), {
    deviceListChanged: () => undefined,
  });
  await accounts.addUser({ userId: GHOST, passwordHash: undefined, registeredBy: 'irc' });
  for (const deviceId of ['A', 'B']) await accounts.addDevice({ userId: GHOST, deviceId, displayName: undefined });
});

async function actsOn(deviceId: string): Promise<boolean> {
  const query = { user_id: GHOST, device_id: deviceId };
  const acting = authenticator.authenticate({ headers: { authorization: 'Bearer as' }, query });
  return acting.then(
    (requester) => requester.deviceId === deviceId && !('devices' in requester),
    () => false,
  );
}

describe('an application service that acts on devices', () => {
  it('is let in from the cache on those that the user has, and on new ones at once', async () => {
    expect([await actsOn('A'), await actsOn('B'), await actsOn('A'), await actsOn('C')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    await accounts.addDevice({ userId: GHOST, deviceId: 'C', displayName: undefined });
    expect(await actsOn('C')).toBe(true);
    expect(lookUps).toEqual(['C', 'C']);
  });

  it.each([[['A']], [['A', 'B']], [undefined]])('is not let in on what was removed: %j', async (removed) => {
    expect([await actsOn('A'), await actsOn('B')]).toEqual([true, true]);
    await closeSessions.execute(GHOST, removed);
    expect([await actsOn('A'), await actsOn('B')]).toEqual([false, removed?.length === 1]);
  });
});
