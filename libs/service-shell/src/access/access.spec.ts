import { AppserviceRegistry } from '@plexus/appservices';
import type { NamedCache } from '@plexus/cache';
import { MatrixError } from '@plexus/matrix-base';
import type { AccessRecord } from '@plexus/storage';
import { FakeAccounts, FakeAppservices, FakeHostedServers } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { accessRecordCodec, Authenticator, hashAccessToken } from './authenticator.ts';
import type { Requester } from './authenticator.ts';
import { findAccessToken } from './find-access-token.ts';
import type { TokenBearer } from './find-access-token.ts';
import { findHostedServer } from './find-hosted-server.ts';

describe('findAccessToken', () => {
  it.each([
    [{ authorization: 'Bearer abc' }, {}, 'abc'],
    [{ authorization: 'bearer  abc ' }, {}, 'abc'],
    [{ authorization: 'Bearer abc' }, { access_token: 'other' }, 'abc'],
    [{}, { access_token: 'abc' }, 'abc'],
    [{}, {}, undefined],
    [{}, { access_token: ['a', 'b'] }, undefined],
    [{}, undefined, undefined],
    [{ authorization: 'Basic abc' }, {}, ''],
    [{ authorization: 'Bearer' }, {}, ''],
    [{ authorization: 'Bearer a b' }, {}, ''],
  ])('reads %j and %j', (headers, query, expected) => {
    expect(findAccessToken({ headers, query })).toBe(expected);
  });
});

const LIMIT = { monthlyActiveUsers: 1, adminContact: undefined, isTold: true };

describe('Authenticator', () => {
  const accounts = new FakeAccounts();
  const servers = new FakeHostedServers(['one.example']);
  const clock = { now: () => Date.now() };
  const confirmed: string[] = [];
  let keepsOut: true | undefined;
  let seen = 0;
  const uses = {
    confirm: async (hash: Buffer) => void confirmed.push(hash.toString('hex')),
    seen: () => void (seen += 1),
  };
  const appservices = new FakeAppservices();
  const registry = new AppserviceRegistry(appservices, servers, clock);
  const blocked: string[] = [];
  const authenticator = new Authenticator(accounts, passThrough(), servers, {
    clock,
    uses,
    appservices: registry,
    appserviceBlocked: (id, address) => blocked.push(`${id} ${address}`),
    isNoticesUser: (userId) => userId.startsWith('@_irc_notices:'),
    usage: { check: () => keepsOut && Promise.resolve(LIMIT) },
  });
  const userId = '@alice:one.example';

  beforeEach(async () => {
    await accounts.addUser({ userId, passwordHash: undefined });
    const tokenHash = hashAccessToken('secret');
    await accounts.openSession({ userId, deviceId: 'D', deviceDisplayName: undefined, tokenHash });
    await servers.changeServer('one.example', { status: 'active' });
  });

  async function errorOf(headers: { authorization?: string }): Promise<unknown> {
    try {
      await authenticator.authenticate({ headers, query: {} });
    } catch (error) {
      if (error instanceof MatrixError) return [error.httpStatus, error.toBody()['errcode']];
      throw error;
    }
    return 'ok';
  }

  it('knows the user and device of a token', async () => {
    const requester = await authenticator.authenticate({ headers: { authorization: 'Bearer secret' }, query: {} });
    expect(requester).toMatchObject({ userId, deviceId: 'D', serverName: 'one.example', isAdmin: false });
  });

  it('does not take for active whom a limit keeps out', async () => {
    const request = { headers: { authorization: 'Bearer secret' }, query: {} };
    keepsOut = true;
    const before = seen;
    expect(await authenticator.authenticate(request)).toMatchObject({ userId, exceededLimit: LIMIT });
    expect(seen).toBe(before);
    keepsOut = undefined;
    expect((await authenticator.authenticate(request)).exceededLimit).toBeUndefined();
    expect(seen).toBe(before + 1);
  });

  it('refuses a request without a token, and one with an unknown token', async () => {
    expect(await errorOf({})).toEqual([401, 'M_MISSING_TOKEN']);
    expect(await errorOf({ authorization: 'Bearer other' })).toEqual([401, 'M_UNKNOWN_TOKEN']);
    expect(await errorOf({ authorization: 'Digest secret' })).toEqual([401, 'M_UNKNOWN_TOKEN']);
  });

  it('refuses the users of a suspended server', async () => {
    await servers.changeServer('one.example', { status: 'suspended' });
    expect(await errorOf({ authorization: 'Bearer secret' })).toEqual([403, 'M_FORBIDDEN']);
  });

  it('logs out softly whose token has expired', async () => {
    const tokenHash = hashAccessToken('old');
    await accounts.openSession({ userId, deviceId: 'E', deviceDisplayName: undefined, tokenHash, lifetimeMs: -1 });
    const refusal = authenticator.authenticate({ headers: { authorization: 'Bearer old' }, query: {} });
    await expect(refusal).rejects.toMatchObject({ errcode: 'M_UNKNOWN_TOKEN', extra: { soft_logout: true } });
  });

  it('shuts out a locked user, but for endpoints that allow them', async () => {
    await accounts.moderateUser(userId, { isLocked: true });
    expect(await errorOf({ authorization: 'Bearer secret' })).toEqual([401, 'M_USER_LOCKED']);
    const request = { headers: { authorization: 'Bearer secret' }, query: {} };
    expect(await authenticator.authenticate(request, { allowsLocked: true })).toMatchObject({ userId });
    await accounts.moderateUser(userId, { isLocked: false });
  });

  it('confirms a token that came by a refresh when it is first used', async () => {
    const [old, fresh] = [hashAccessToken('old refresh token'), hashAccessToken('fresh')];
    const refreshToken = { tokenHash: old, lifetimeMs: undefined };
    const session = { userId, deviceId: 'F', deviceDisplayName: undefined, tokenHash: hashAccessToken('first') };
    await accounts.openSession({ ...session, refreshToken });
    await accounts.refreshSession(old, { tokenHash: fresh, refreshToken: { ...refreshToken, tokenHash: fresh } });
    expect(await errorOf({ authorization: 'Bearer fresh' })).toBe('ok');
    expect(confirmed).toEqual([fresh.toString('hex')]);
  });

  async function addAppservice(ipRangeWhitelist: readonly string[] = [], isRateLimited = true): Promise<void> {
    const settings = {
      senderLocalpart: 'ircbot',
      namespaces: { users: [{ regex: '@_irc_.*', isExclusive: true }], aliases: [], rooms: [] },
      protocols: [],
      isRateLimited,
      ipRangeWhitelist,
      receivesEphemeral: false,
      receivesDeviceChanges: false,
      managesDevices: false,
    };
    const stored = { id: 'irc', servers: 'all', settings, hsToken: 'hs', origin: 'admin-api' } as const;
    await appservices.addAppservice({ ...stored, tokenHash: hashAccessToken('as') });
  }

  function act(query: Record<string, unknown> = {}, request: Partial<TokenBearer> = {}): Promise<Requester> {
    return authenticator.authenticate({ headers: { authorization: 'Bearer as' }, query, ...request });
  }

  describe('of an application service', () => {
    const ghost = '@_irc_a:one.example';

    beforeEach(async () => {
      blocked.length = 0;
      await accounts.addUser({ userId: '@ircbot:one.example', passwordHash: undefined });
      await accounts.addUser({ userId: ghost, passwordHash: undefined, registeredBy: 'irc' });
      await accounts.addUser({ userId: '@_irc_notices:one.example', passwordHash: undefined });
      accounts.devices.set(`${ghost} PHONE`, undefined);
      await appservices.removeAppservice('irc');
      await addAppservice();
    });

    it('is its sender where it names nobody', async () => {
      const sender = { userId: '@ircbot:one.example', deviceId: '', appserviceId: 'irc', isUnlimited: true };
      expect(await act()).toMatchObject(sender);
      expect(await act({ access_token: 'as' }, { headers: {} })).toMatchObject(sender);
    });

    it('acts as users of its namespaces, and as their devices', async () => {
      const as = { userId: ghost, appserviceId: 'irc', registeredBy: 'irc', isUnlimited: false };
      expect(await act({ user_id: ghost })).toMatchObject({ ...as, deviceId: '' });
      expect(await act({ user_id: ghost, device_id: 'PHONE' })).toMatchObject({ ...as, deviceId: 'PHONE' });
      const former = { user_id: ghost, 'org.matrix.msc3202.device_id': 'PHONE' };
      expect(await act(former)).toMatchObject({ deviceId: 'PHONE' });
    });

    it('is limited in nothing, whomever it acts as, where it is registered so', async () => {
      await appservices.removeAppservice('irc');
      await addAppservice([], false);
      expect([await act(), await act({ user_id: ghost })]).toMatchObject([
        { isUnlimited: true },
        { isUnlimited: true },
      ]);
    });

    it.each([
      [{ user_id: '@alice:one.example' }, 403, 'M_FORBIDDEN'],
      [{ user_id: '@_irc_b:one.example' }, 403, 'M_FORBIDDEN'],
      [{ user_id: '@_irc_notices:one.example' }, 403, 'M_FORBIDDEN'],
      [{ user_id: '@_irc_a:far.example' }, 403, 'M_FORBIDDEN'],
      [{ user_id: 'nobody' }, 400, 'M_INVALID_PARAM'],
      [{ user_id: [ghost, ghost] }, 400, 'M_INVALID_PARAM'],
      [{ user_id: ghost, device_id: 'OTHER' }, 400, 'M_UNKNOWN_DEVICE'],
      [{ device_id: 'PHONE' }, 400, 'M_UNKNOWN_DEVICE'],
      [{ user_id: ghost, device_id: '' }, 400, 'M_UNKNOWN_DEVICE'],
    ])('is refused with %j', async (query, httpStatus, errcode) => {
      await expect(act(query)).rejects.toMatchObject({ httpStatus, errcode });
    });

    it('is nobody from an address that is not on its list, and that is told', async () => {
      await appservices.removeAppservice('irc');
      await addAppservice(['10.0.0.0/8']);
      expect(await act({}, { clientAddress: '10.1.2.3' })).toMatchObject({ appserviceId: 'irc' });
      expect(await act({}, { clientAddress: '::ffff:10.1.2.3' })).toMatchObject({ appserviceId: 'irc' });
      for (const clientAddress of ['192.0.2.1', '']) {
        const refusal = { httpStatus: 401, errcode: 'M_UNKNOWN_TOKEN', extra: { soft_logout: false } };
        await expect(act({}, { clientAddress })).rejects.toMatchObject(refusal);
      }
      expect(blocked).toEqual(['irc 192.0.2.1', 'irc ']);
    });

    it('does not act as locked users', async () => {
      await accounts.moderateUser(ghost, { isLocked: true });
      await expect(act({ user_id: ghost })).rejects.toMatchObject({ errcode: 'M_USER_LOCKED' });
      await accounts.moderateUser(ghost, { isLocked: false });
    });

    it('is known as itself', () => {
      const request = { headers: { authorization: 'Bearer as', host: 'one.example' }, query: {} };
      const appservice = authenticator.requireAppservice(request);
      expect([appservice.id, authenticator.findServerOf(appservice, request)]).toEqual(['irc', 'one.example']);
      const user = { headers: { authorization: 'Bearer secret' }, query: {} };
      expect(() => authenticator.requireAppservice(user)).toThrow(MatrixError);
      expect(authenticator.findAppservice(user)).toBeUndefined();
    });
  });

  it('keeps records in the cache as they are', () => {
    const record: AccessRecord = { userId, deviceId: 'Ü', isAdmin: true, isDeploymentAdmin: false, isGuest: false };
    expect(accessRecordCodec.decode(accessRecordCodec.encode(record))).toEqual(record);
  });
});

describe('findHostedServer', () => {
  it('takes any host for the only server', () => {
    const servers = new FakeHostedServers(['one.example']);
    expect(findHostedServer(servers, 'anything:1234')?.serverName).toBe('one.example');
    expect(findHostedServer(servers, undefined)?.serverName).toBe('one.example');
  });

  it('tells several servers apart by name, alias and public base URL', async () => {
    const servers = new FakeHostedServers(['one.example', 'two.example', 'two.example:8448']);
    await servers.changeServer('two.example', {
      settings: { aliases: ['chat.example'], publicBaseUrl: 'https://matrix.two.example:443/' },
    });
    const found = (host: string | undefined) => findHostedServer(servers, host)?.serverName;
    expect(found('one.example')).toBe('one.example');
    expect(found('ONE.example:8008')).toBe('one.example');
    expect(found('chat.example:8008')).toBe('two.example');
    expect(found('matrix.two.example')).toBe('two.example');
    expect(found('two.example:8448')).toBe('two.example:8448');
    expect(found('three.example')).toBeUndefined();
    expect(found('böse')).toBeUndefined();
    expect(found(undefined)).toBeUndefined();
  });
});

function passThrough(): NamedCache<AccessRecord> {
  return {
    name: 'access_tokens',
    peek: () => undefined,
    get: (_key, load) => load(),
    getMany: (keys, load) => load([...keys]),
    change: (_keys, commit) => commit(),
    tell: async () => {},
    forget: () => {},
  };
}
