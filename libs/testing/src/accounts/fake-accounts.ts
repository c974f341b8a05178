import { serverNameOf } from '@plexus/matrix-base';
import type {
  AccessRecord,
  AddDeviceOutcome,
  DeviceRecord,
  DeviceRepository,
  Moderation,
  NewConsent,
  NewDevice,
  NewSession,
  NewTokens,
  NewUser,
  OpenOutcome,
  PasswordChange,
  RefreshOutcome,
  Registration,
  RegistrationOutcome,
  SessionRepository,
  UserProfile,
  UserRecord,
  UserRepository,
} from '@plexus/storage';
import { FakeAuthSessions } from './fake-auth-sessions.ts';
import { FakeFilters } from './fake-filters.ts';
import { FakeRoomDirectory } from './fake-room-directory.ts';
import { FakeShortLivedTokens } from './fake-short-lived-tokens.ts';
import { FakeThreepids } from './fake-threepids.ts';

interface Token {
  readonly tokenHash: Buffer;
  readonly userId: string;
  readonly deviceId: string;
  readonly isConfirmed: boolean;
  readonly expiresAt: number | undefined;
}

interface AccessToken extends Token {
  readonly refreshTokenHash: Buffer | undefined;
}

/** The accounts in memory. */
export class FakeAccounts extends FakeRoomDirectory implements UserRepository, SessionRepository, DeviceRepository {
  readonly users = new Map<string, UserRecord>();
  /** Display names by `userId deviceId`. */
  readonly devices = new Map<string, string | undefined>();
  readonly erased = new Set<string>();
  readonly authSessions = new FakeAuthSessions();
  readonly threepids = new FakeThreepids();
  readonly shortLived = new FakeShortLivedTokens();
  readonly filters = new FakeFilters();
  /** What users agreed to while they registered. */
  readonly consents = new Map<string, readonly NewConsent[]>();
  readonly #tokens = new Map<string, AccessToken>();
  readonly #refreshTokens = new Map<string, Token>();

  async findUser(userId: string): Promise<UserRecord | undefined> {
    return this.users.get(userId);
  }

  async findErasedUsers(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(userIds.filter((userId) => this.erased.has(userId)));
  }

  async findProfiles(userIds: readonly string[]): Promise<Map<string, UserProfile>> {
    const found = [...this.users.values()].filter((user) => userIds.includes(user.userId) && !user.isDeactivated);
    return new Map(found.map((user) => [user.userId, { displayName: user.displayName, avatarUrl: user.avatarUrl }]));
  }

  async addUser(user: NewUser): Promise<boolean> {
    return this.#add(user);
  }

  #add(user: NewUser): boolean {
    if (this.users.has(user.userId)) return false;
    const { userId, passwordHash, isAdmin = false, isDeploymentAdmin = false, isGuest = false } = user;
    const roles = { isAdmin, isDeploymentAdmin, isGuest };
    const profile = { displayName: user.displayName, avatarUrl: undefined };
    const { registeredBy, language } = user;
    const origin = { ...(registeredBy !== undefined && { registeredBy }), ...(language !== undefined && { language }) };
    this.users.set(userId, { userId, passwordHash, ...roles, isDeactivated: false, ...profile, ...origin });
    return true;
  }

  async registerUser(registration: Registration): Promise<RegistrationOutcome> {
    const { sessionHash, isUpgrade, threepid, consents = [], ...user } = registration;
    if (sessionHash !== undefined && !this.authSessions.canRegister(sessionHash)) return 'session-used';
    if (threepid !== undefined && this.threepids.isTaken(user.userId, threepid)) return 'threepid-in-use';
    if (isUpgrade === true ? !this.#upgradeGuest(user) : !this.#add(user)) return 'user-in-use';
    if (sessionHash !== undefined) this.authSessions.register(sessionHash, user.userId);
    if (threepid !== undefined) await this.threepids.addThreepid(user.userId, threepid);
    if (consents.length > 0) this.consents.set(user.userId, consents);
    return 'registered';
  }

  #upgradeGuest({ userId, passwordHash }: NewUser): boolean {
    const guest = this.users.get(userId);
    if (guest === undefined || !guest.isGuest || guest.isDeactivated) return false;
    this.users.set(userId, { ...guest, passwordHash, isGuest: false });
    return true;
  }

  async changePassword({ userId, passwordHash, logout }: PasswordChange): Promise<readonly Buffer[]> {
    await this.setPasswordHash(userId, passwordHash);
    if (logout === undefined) return [];
    const devices = await this.listDevices(userId);
    const going = devices.filter(({ deviceId }) => deviceId !== logout.exceptDeviceId);
    return this.removeDevices(
      userId,
      going.map(({ deviceId }) => deviceId),
    );
  }

  async moderateUser(userId: string, change: Moderation): Promise<UserRecord | undefined> {
    const { isLocked, isSuspended, isShadowBanned } = change;
    const user = this.users.get(userId);
    if (user === undefined || user.isDeactivated) return undefined;
    const { isLocked: wasLocked = false, isSuspended: wasSuspended = false, ...others } = user;
    const { isShadowBanned: wasShadowBanned = false, ...rest } = others;
    const changed: UserRecord = {
      ...rest,
      ...((isLocked ?? wasLocked) && { isLocked: true }),
      ...((isSuspended ?? wasSuspended) && { isSuspended: true }),
      ...((isShadowBanned ?? wasShadowBanned) && { isShadowBanned: true }),
    };
    this.users.set(userId, changed);
    return changed;
  }

  async setPasswordHash(userId: string, passwordHash: string): Promise<void> {
    const user = this.users.get(userId);
    if (user !== undefined) this.users.set(userId, { ...user, passwordHash });
  }

  async deactivateUser(userId: string): Promise<readonly Buffer[]> {
    const user = this.users.get(userId);
    if (user !== undefined) this.users.set(userId, { ...user, passwordHash: undefined, isDeactivated: true });
    return this.removeDevices(userId);
  }

  async listUsers(serverName: string, page: { readonly after?: string; readonly limit: number }): Promise<string[]> {
    const ofServer = [...this.users.keys()].filter((userId) => serverNameOf(userId) === serverName).sort();
    return ofServer.filter((userId) => userId > (page.after ?? '')).slice(0, page.limit);
  }

  async countUsers(serverName: string): Promise<number> {
    return [...this.users.keys()].filter((userId) => serverNameOf(userId) === serverName).length;
  }

  async countOpenUsers(serverName: string, most: number): Promise<number> {
    const all = [...this.users.values()];
    const open = all.filter(
      (user) => serverNameOf(user.userId) === serverName && !user.isDeactivated && user.registeredBy === undefined,
    );
    return Math.min(open.length, most);
  }

  async findAccess(tokenHash: Buffer): Promise<AccessRecord | undefined> {
    const token = this.#tokens.get(tokenHash.toString('hex'));
    const access = token && (await this.findUserAccess(token.userId));
    if (token === undefined || access === undefined) return undefined;
    const { devices: _, ...ofUser } = access;
    return {
      ...ofUser,
      deviceId: token.deviceId,
      ...(token.expiresAt !== undefined && { expiresAt: token.expiresAt }),
      ...(!token.isConfirmed && { isUnconfirmed: true }),
    };
  }

  async findUserAccess(userId: string): Promise<AccessRecord | undefined> {
    const user = this.users.get(userId);
    if (user === undefined || user.isDeactivated) return undefined;
    const { isAdmin, isDeploymentAdmin, isGuest, isLocked, isSuspended, isShadowBanned, registeredBy } = user;
    const devices = this.#devicesOf(userId);
    return {
      userId,
      deviceId: '',
      isAdmin,
      isDeploymentAdmin,
      isGuest,
      ...(isLocked === true && { isLocked }),
      ...(isSuspended === true && { isSuspended }),
      ...(isShadowBanned === true && { isShadowBanned }),
      ...(registeredBy !== undefined && { registeredBy, isExemptFromConsent: true }),
      ...(devices.length > 0 && { devices }),
    };
  }

  #devicesOf(userId: string): string[] {
    const own = [...this.devices.keys()].filter((device) => device.startsWith(`${userId} `));
    return own.map((device) => device.slice(userId.length + 1)).sort();
  }

  async hasDevice(userId: string, deviceId: string): Promise<boolean> {
    return this.devices.has(`${userId} ${deviceId}`);
  }

  async openSession(session: NewSession): Promise<{ outcome: OpenOutcome; replaced: readonly Buffer[] }> {
    const { userId, deviceId, deviceDisplayName } = session;
    if (this.users.get(userId)?.isDeactivated !== false) return { outcome: 'deactivated', replaced: [] };
    const device = `${userId} ${deviceId}`;
    if (!this.devices.has(device)) this.devices.set(device, deviceDisplayName);
    const replaced = this.#takeTokens(userId, deviceId);
    this.#addTokens({ userId, deviceId, isConfirmed: true }, session);
    return { outcome: 'opened', replaced };
  }

  async addDevice({ userId, deviceId, displayName }: NewDevice): Promise<AddDeviceOutcome> {
    if (this.users.get(userId)?.isDeactivated !== false) return 'deactivated';
    const device = `${userId} ${deviceId}`;
    if (this.devices.has(device)) return 'there';
    this.devices.set(device, displayName);
    return 'added';
  }

  async refreshSession(refreshTokenHash: Buffer, tokens: NewTokens): Promise<RefreshOutcome> {
    const token = this.#refreshTokens.get(refreshTokenHash.toString('hex'));
    if (token === undefined) return { outcome: 'unknown', replaced: [] };
    if (token.expiresAt !== undefined && token.expiresAt < Date.now()) return { outcome: 'expired', replaced: [] };
    const { userId, deviceId } = token;
    const replaced = token.isConfirmed ? [] : this.#confirmPair(token, refreshTokenHash);
    this.#addTokens({ userId, deviceId, isConfirmed: false }, tokens);
    return { outcome: 'refreshed', userId, deviceId, replaced };
  }

  async confirmAccess(tokenHash: Buffer): Promise<readonly Buffer[]> {
    const token = this.#tokens.get(tokenHash.toString('hex'));
    if (token?.refreshTokenHash === undefined || token.isConfirmed) return [];
    return this.#confirmPair(token, token.refreshTokenHash);
  }

  async findTokenHashes(userId: string, deviceId?: string): Promise<readonly Buffer[]> {
    return this.#tokensOf(userId, deviceId).map((token) => token.tokenHash);
  }

  async removeDevices(userId: string, deviceIds?: readonly string[]): Promise<readonly Buffer[]> {
    const going = deviceIds ?? (await this.listDevices(userId)).map(({ deviceId }) => deviceId);
    return going.flatMap((deviceId) => {
      this.devices.delete(`${userId} ${deviceId}`);
      return this.#takeTokens(userId, deviceId);
    });
  }

  async listDevices(userId: string): Promise<DeviceRecord[]> {
    const own = [...this.devices].filter(([device]) => device.startsWith(`${userId} `)).sort();
    return own.map(([device, displayName]) => ({
      userId,
      deviceId: device.slice(userId.length + 1),
      displayName,
      lastSeenIp: undefined,
      lastSeenAt: undefined,
      lastSeenUserAgent: undefined,
    }));
  }

  async findDevice(userId: string, deviceId: string): Promise<DeviceRecord | undefined> {
    return (await this.listDevices(userId)).find((device) => device.deviceId === deviceId);
  }

  async renameDevice(userId: string, deviceId: string, displayName: string): Promise<boolean> {
    if (!this.devices.has(`${userId} ${deviceId}`)) return false;
    this.devices.set(`${userId} ${deviceId}`, displayName);
    return true;
  }

  #tokensOf(userId: string, deviceId?: string): AccessToken[] {
    const tokens = [...this.#tokens.values()].filter((token) => token.userId === userId);
    return tokens.filter((token) => deviceId === undefined || token.deviceId === deviceId);
  }

  #takeTokens(userId: string, deviceId?: string): Buffer[] {
    const hashes = this.#tokensOf(userId, deviceId).map((token) => token.tokenHash);
    for (const tokenHash of hashes) this.#tokens.delete(tokenHash.toString('hex'));
    for (const [key, token] of this.#refreshTokens) {
      if (token.userId === userId && (deviceId === undefined || token.deviceId === deviceId)) {
        this.#refreshTokens.delete(key);
      }
    }
    return hashes;
  }

  #addTokens(device: Pick<Token, 'userId' | 'deviceId' | 'isConfirmed'>, tokens: NewTokens): void {
    const { tokenHash, lifetimeMs, refreshToken } = tokens;
    const access = { ...device, tokenHash, refreshTokenHash: refreshToken?.tokenHash, expiresAt: after(lifetimeMs) };
    this.#tokens.set(tokenHash.toString('hex'), access);
    if (refreshToken === undefined) return;
    const refresh = { ...device, tokenHash: refreshToken.tokenHash, expiresAt: after(refreshToken.lifetimeMs) };
    this.#refreshTokens.set(refreshToken.tokenHash.toString('hex'), refresh);
  }

  #confirmPair({ userId, deviceId }: Token, refreshTokenHash: Buffer): Buffer[] {
    const isPaired = (hash: Buffer | undefined): boolean => hash?.equals(refreshTokenHash) === true;
    const refresh = this.#refreshTokens.get(refreshTokenHash.toString('hex'));
    const access = this.#tokensOf(userId, deviceId);
    const removed = this.#takeTokens(userId, deviceId);
    if (refresh !== undefined)
      this.#refreshTokens.set(refreshTokenHash.toString('hex'), { ...refresh, isConfirmed: true });
    for (const token of access.filter((one) => isPaired(one.refreshTokenHash)))
      this.#tokens.set(token.tokenHash.toString('hex'), { ...token, isConfirmed: true });
    return removed.filter((hash) => !this.#tokens.has(hash.toString('hex')));
  }
}

function after(lifetimeMs: number | undefined): number | undefined {
  return lifetimeMs === undefined ? undefined : Date.now() + lifetimeMs;
}
