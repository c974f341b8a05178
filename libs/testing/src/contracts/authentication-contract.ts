import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AuthSessionRepository,
  DeviceRepository,
  NewTokens,
  RegistrationTokenRepository,
  SessionRepository,
  ShortLivedTokenRepository,
  UserRepository,
} from '@plexus/storage';

export interface AuthenticationHarness {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly devices: DeviceRepository;
  readonly shortLived: ShortLivedTokenRepository;
  readonly authSessions: AuthSessionRepository;
  readonly registrationTokens: RegistrationTokenRepository;
  close(): Promise<void>;
}

const SERVER = 'one.example';
const HOUR_MS = 3_600_000;

/** What every adapter does of how users prove who they are. `open` is called once; each test takes names of its own. */
export function authenticationContract(adapter: string, open: () => Promise<AuthenticationHarness>): void {
  describe(`AuthenticationContract: ${adapter}`, () => {
    let harness: AuthenticationHarness;
    let last = 0;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    function newName(): string {
      last += 1;
      return `n${last}`;
    }
    async function addUser(): Promise<string> {
      const userId = `@${newName()}:${SERVER}`;
      await harness.users.addUser({ userId, passwordHash: 'hash' });
      return userId;
    }
    async function addSession(userId?: string): Promise<Buffer> {
      const sessionHash = Buffer.from(newName());
      const operationHash = Buffer.from('operation');
      await harness.authSessions.addAuthSession({ sessionHash, serverName: SERVER, userId, operationHash }, HOUR_MS);
      return sessionHash;
    }
    async function addRegistrationToken(usesAllowed?: number): Promise<string> {
      const token = newName();
      await harness.registrationTokens.addRegistrationToken(SERVER, { token, usesAllowed, expiresAt: undefined });
      return token;
    }
    function takeUse(sessionHash: Buffer, token: string) {
      const completion = { stage: 'token', result: token, registrationToken: token };
      return harness.authSessions.completeStage(sessionHash, completion);
    }
    async function openPair(userId: string, name: string): Promise<void> {
      await harness.sessions.openSession({ userId, deviceId: 'D', deviceDisplayName: undefined, ...pair(name) });
    }
    const access = (name: string) => harness.sessions.findAccess(Buffer.from(`${name} access`));
    const refresh = (from: string, to: string) =>
      harness.sessions.refreshSession(Buffer.from(`${from} refresh`), pair(to));

    it('remembers the stages that a session has completed', async () => {
      const sessionHash = await addSession('@a:one.example');
      await harness.authSessions.completeStage(sessionHash, { stage: 'one', result: true });
      await harness.authSessions.completeStage(sessionHash, { stage: 'two', result: { user: 'a' } });
      expect(await harness.authSessions.findAuthSession(sessionHash)).toEqual({
        sessionHash,
        serverName: SERVER,
        userId: '@a:one.example',
        operationHash: Buffer.from('operation'),
        completed: { one: true, two: { user: 'a' } },
        registeredUserId: undefined,
      });
    });

    it('knows no session that was never there or has ended', async () => {
      const sessionHash = await addSession();
      const taken = await Promise.all([1, 2, 3].map(() => harness.authSessions.takeAuthSession(sessionHash)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await harness.authSessions.findAuthSession(sessionHash)).toBeUndefined();
      const completion = { stage: 'one', result: true };
      expect(await harness.authSessions.completeStage(sessionHash, completion)).toEqual({ outcome: 'no-session' });
    });

    it('lets no more sessions have a registration token than it allows, however many come at once', async () => {
      const token = await addRegistrationToken(3);
      const sessions = await Promise.all(Array.from({ length: 8 }, () => addSession()));
      const outcomes = await Promise.all(sessions.map((session) => takeUse(session, token)));
      expect(outcomes.filter(({ outcome }) => outcome === 'completed')).toHaveLength(3);
      const found = await harness.registrationTokens.findRegistrationToken(SERVER, token);
      expect(found).toEqual({ token, usesAllowed: 3, pending: 3, completed: 0, expiresAt: undefined });
      expect(await harness.registrationTokens.isRegistrationTokenValid(SERVER, token)).toBe(false);
    });

    it('counts a use once, and a session that takes it again only once', async () => {
      const token = await addRegistrationToken(1);
      const sessionHash = await addSession();
      await takeUse(sessionHash, token);
      expect((await takeUse(sessionHash, token)).outcome).toBe('completed');
      const userIds = [1, 2, 3].map(() => `@${newName()}:${SERVER}`);
      const outcomes = await Promise.all(
        userIds.map((userId) => harness.users.registerUser({ userId, passwordHash: undefined, sessionHash })),
      );
      expect(outcomes.toSorted()).toEqual(['registered', 'session-used', 'session-used']);
      const found = await harness.registrationTokens.findRegistrationToken(SERVER, token);
      expect(found).toMatchObject({ pending: 0, completed: 1 });
      expect((await takeUse(await addSession(), token)).outcome).toBe('refused');
      const registered = userIds[outcomes.indexOf('registered')];
      expect((await harness.authSessions.findAuthSession(sessionHash))?.registeredUserId).toBe(registered);
    });

    it('counts no use for a name that is taken', async () => {
      const token = await addRegistrationToken(1);
      const sessionHash = await addSession();
      await takeUse(sessionHash, token);
      const userId = await addUser();
      const outcome = await harness.users.registerUser({ userId, passwordHash: undefined, sessionHash });
      expect(outcome).toBe('user-in-use');
      const found = await harness.registrationTokens.findRegistrationToken(SERVER, token);
      expect(found).toMatchObject({ pending: 1, completed: 0 });
    });

    it('refuses registration tokens that are unknown, of another server, or have expired', async () => {
      const { registrationTokens } = harness;
      const [old, other] = [newName(), newName()];
      await registrationTokens.addRegistrationToken(SERVER, { token: old, usesAllowed: undefined, expiresAt: 1_000 });
      await registrationTokens.addRegistrationToken('two.example', {
        token: other,
        usesAllowed: undefined,
        expiresAt: undefined,
      });
      for (const token of [old, other, 'unknown']) {
        expect((await takeUse(await addSession(), token)).outcome).toBe('refused');
        expect(await registrationTokens.isRegistrationTokenValid(SERVER, token)).toBe(false);
      }
    });

    it('lists, changes and removes registration tokens', async () => {
      const { registrationTokens } = harness;
      const serverName = 'tokens.example';
      const add = (token: string, usesAllowed?: number) =>
        registrationTokens.addRegistrationToken(serverName, { token, usesAllowed, expiresAt: undefined });
      expect([await add('b'), await add('a', 0), await add('a')]).toEqual([true, true, false]);
      const namesOf = async (valid?: boolean) =>
        (await registrationTokens.listRegistrationTokens(serverName, valid)).map(({ token }) => token);
      expect([await namesOf(), await namesOf(true), await namesOf(false)]).toEqual([['a', 'b'], ['b'], ['a']]);
      const expiresAt = Date.UTC(2100, 0);
      const changed = await registrationTokens.changeRegistrationToken(serverName, 'a', { usesAllowed: 7, expiresAt });
      expect(changed).toMatchObject({ usesAllowed: 7, expiresAt });
      const freed = await registrationTokens.changeRegistrationToken(serverName, 'a', { usesAllowed: null });
      expect(freed).toMatchObject({ usesAllowed: undefined, expiresAt });
      expect(await registrationTokens.changeRegistrationToken(serverName, 'c', { usesAllowed: 1 })).toBeUndefined();
      expect(await registrationTokens.removeRegistrationToken(serverName, 'a')).toBe(true);
      expect(await registrationTokens.removeRegistrationToken(serverName, 'a')).toBe(false);
    });

    it('upgrades a guest, and nobody else', async () => {
      const [guest, user] = [`@${newName()}:${SERVER}`, await addUser()];
      await harness.users.addUser({ userId: guest, passwordHash: undefined, isGuest: true });
      const upgrade = (userId: string) => harness.users.registerUser({ userId, passwordHash: 'new', isUpgrade: true });
      expect([await upgrade(guest), await upgrade(guest), await upgrade(user)]).toEqual([
        'registered',
        'user-in-use',
        'user-in-use',
      ]);
      expect(await harness.users.findUser(guest)).toMatchObject({ isGuest: false, passwordHash: 'new' });
    });

    it('gives new tokens for a refresh token, while the former ones stay good', async () => {
      const userId = await addUser();
      await openPair(userId, `${userId}1`);
      expect(await refresh(`${userId}1`, `${userId}2`)).toEqual({
        outcome: 'refreshed',
        userId,
        deviceId: 'D',
        replaced: [],
      });
      expect(await access(`${userId}1`)).toMatchObject({ deviceId: 'D', expiresAt: expect.any(Number) });
      expect(await access(`${userId}2`)).toMatchObject({ deviceId: 'D', isUnconfirmed: true });
      expect((await refresh(`${userId}1`, `${userId}3`)).outcome).toBe('refreshed');
    });

    it('takes the former tokens away when a new access token is used', async () => {
      const userId = await addUser();
      await openPair(userId, `${userId}1`);
      await refresh(`${userId}1`, `${userId}2`);
      await refresh(`${userId}1`, `${userId}3`);
      const replaced = await harness.sessions.confirmAccess(Buffer.from(`${userId}2 access`));
      expect(replaced.map(String).toSorted()).toEqual([`${userId}1 access`, `${userId}3 access`]);
      expect(await access(`${userId}2`)).not.toHaveProperty('isUnconfirmed');
      expect(await harness.sessions.confirmAccess(Buffer.from(`${userId}2 access`))).toEqual([]);
      for (const name of ['1', '3']) expect((await refresh(`${userId}${name}`, newName())).outcome).toBe('unknown');
      expect((await refresh(`${userId}2`, `${userId}4`)).outcome).toBe('refreshed');
    });

    it('takes the former tokens away when a new refresh token is used', async () => {
      const userId = await addUser();
      await openPair(userId, `${userId}1`);
      await refresh(`${userId}1`, `${userId}2`);
      const second = await refresh(`${userId}2`, `${userId}3`);
      expect(second).toMatchObject({ outcome: 'refreshed', replaced: [Buffer.from(`${userId}1 access`)] });
      expect((await refresh(`${userId}1`, newName())).outcome).toBe('unknown');
      expect(await access(`${userId}2`)).toBeDefined();
    });

    it('knows no refresh token that has expired or whose device is gone', async () => {
      const [old, gone] = [await addUser(), await addUser()];
      const refreshToken = { tokenHash: Buffer.from(`${old} refresh`), lifetimeMs: -1_000 };
      const device = { userId: old, deviceId: 'D', deviceDisplayName: undefined };
      await harness.sessions.openSession({ ...device, tokenHash: Buffer.from(old), lifetimeMs: -1_000, refreshToken });
      expect(await refresh(old, newName())).toMatchObject({ outcome: 'expired' });
      expect((await harness.sessions.findAccess(Buffer.from(old)))?.expiresAt).toBeLessThan(Date.now());
      await openPair(gone, gone);
      await harness.sessions.removeDevices(gone, ['D']);
      expect(await refresh(gone, newName())).toMatchObject({ outcome: 'unknown' });
    });

    it('lists and renames devices', async () => {
      const userId = await addUser();
      for (const deviceId of ['E', 'D']) {
        const tokenHash = Buffer.from(`${userId} ${deviceId}`);
        await harness.sessions.openSession({ userId, deviceId, deviceDisplayName: 'first', tokenHash });
      }
      expect(await harness.devices.renameDevice(userId, 'D', 'second')).toBe(true);
      expect(await harness.devices.renameDevice(userId, 'F', 'third')).toBe(false);
      const names = (await harness.devices.listDevices(userId)).map(({ deviceId, displayName }) => [
        deviceId,
        displayName,
      ]);
      expect(names).toEqual([
        ['D', 'second'],
        ['E', 'first'],
      ]);
      expect(await harness.devices.findDevice(userId, 'F')).toBeUndefined();
    });

    it('changes a password, and logs out all devices but one where that is wanted', async () => {
      const userId = await addUser();
      for (const deviceId of ['D', 'E']) {
        const tokenHash = Buffer.from(`${userId} ${deviceId}`);
        await harness.sessions.openSession({ userId, deviceId, deviceDisplayName: undefined, tokenHash });
      }
      expect(await harness.users.changePassword({ userId, passwordHash: 'second' })).toEqual([]);
      const logout = { exceptDeviceId: 'D' };
      const gone = await harness.users.changePassword({ userId, passwordHash: 'third', logout });
      expect(gone.map(String)).toEqual([`${userId} E`]);
      expect((await harness.users.findUser(userId))?.passwordHash).toBe('third');
      expect((await harness.devices.listDevices(userId)).map(({ deviceId }) => deviceId)).toEqual(['D']);
    });

    it('locks and suspends users who are there', async () => {
      const [userId, gone] = [await addUser(), await addUser()];
      const tokenHash = Buffer.from(userId);
      await harness.sessions.openSession({ userId, deviceId: 'D', deviceDisplayName: undefined, tokenHash });
      expect(await harness.users.moderateUser(userId, { isLocked: true })).toMatchObject({ userId, isLocked: true });
      await harness.users.moderateUser(userId, { isSuspended: true });
      expect(await harness.sessions.findAccess(tokenHash)).toMatchObject({ isLocked: true, isSuspended: true });
      await harness.users.moderateUser(userId, { isLocked: false });
      expect(await harness.users.findUser(userId)).toMatchObject({ isSuspended: true });
      expect(await harness.users.findUser(userId)).not.toHaveProperty('isLocked');
      await harness.users.deactivateUser(gone);
      expect(await harness.users.moderateUser(gone, { isLocked: true })).toBeUndefined();
      expect(await harness.users.moderateUser('@nobody:one.example', { isLocked: true })).toBeUndefined();
    });

    it('bans users in the shadow until that is lifted', async () => {
      const userId = await addUser();
      const tokenHash = Buffer.from(userId);
      await harness.sessions.openSession({ userId, deviceId: 'D', deviceDisplayName: undefined, tokenHash });
      expect(await harness.sessions.findAccess(tokenHash)).not.toHaveProperty('isShadowBanned');
      expect(await harness.users.moderateUser(userId, { isShadowBanned: true })).toMatchObject({
        isShadowBanned: true,
      });
      await harness.users.moderateUser(userId, { isSuspended: true });
      const both = { isSuspended: true, isShadowBanned: true };
      expect(await harness.sessions.findAccess(tokenHash)).toMatchObject(both);
      expect(await harness.users.moderateUser(userId, { isShadowBanned: false })).not.toHaveProperty('isShadowBanned');
    });

    it('gives a short-lived token to one taker, for its purpose', async () => {
      const [userId, tokenHash] = [await addUser(), Buffer.from(newName())];
      await harness.shortLived.addToken({ purpose: 'login', tokenHash, userId }, HOUR_MS);
      expect(await harness.shortLived.takeToken('openid', tokenHash)).toBeUndefined();
      expect(await harness.shortLived.findTokenUser('login', tokenHash)).toBe(userId);
      const taken = await Promise.all([1, 2, 3].map(() => harness.shortLived.takeToken('login', tokenHash)));
      expect(taken.filter((one) => one !== undefined)).toEqual([{ purpose: 'login', tokenHash, userId }]);
      expect(await harness.shortLived.findTokenUser('login', tokenHash)).toBeUndefined();
    });
  });
}

function pair(name: string): NewTokens {
  const refreshToken = { tokenHash: Buffer.from(`${name} refresh`), lifetimeMs: HOUR_MS };
  return { tokenHash: Buffer.from(`${name} access`), lifetimeMs: HOUR_MS, refreshToken };
}
