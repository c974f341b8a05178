import { serverNameOf } from '@plexus/matrix-base';
import type {
  AccessRecord,
  FilterRepository,
  ForgottenRoomRepository,
  NewSession,
  NewUser,
  PublishedRoomRepository,
  RoomAlias,
  RoomAliasRepository,
  RoomCreation,
  RoomCreationRepository,
  SessionRepository,
  UserProfile,
  UserRecord,
  UserRepository,
} from '@plexus/storage';

interface Token {
  readonly tokenHash: Buffer;
  readonly userId: string;
  readonly deviceId: string;
}

/** The accounts in memory. */
export class FakeAccounts
  implements
    UserRepository,
    SessionRepository,
    FilterRepository,
    RoomCreationRepository,
    RoomAliasRepository,
    PublishedRoomRepository,
    ForgottenRoomRepository
{
  readonly users = new Map<string, UserRecord>();
  /** Display names by `userId deviceId`. */
  readonly devices = new Map<string, string | undefined>();
  readonly published = new Set<string>();
  readonly #tokens = new Map<string, Token>();
  readonly #filters = new Map<string, string[]>();
  readonly #creations = new Map<string, RoomCreation>();
  readonly #aliases = new Map<string, RoomAlias>();
  readonly #forgotten = new Map<string, Map<string, number>>();

  async findUser(userId: string): Promise<UserRecord | undefined> {
    return this.users.get(userId);
  }

  async findProfiles(userIds: readonly string[]): Promise<Map<string, UserProfile>> {
    const found = [...this.users.values()].filter((user) => userIds.includes(user.userId) && !user.isDeactivated);
    return new Map(found.map((user) => [user.userId, { displayName: user.displayName, avatarUrl: user.avatarUrl }]));
  }

  async addUser(user: NewUser): Promise<boolean> {
    if (this.users.has(user.userId)) return false;
    const { userId, passwordHash, isAdmin = false, isGuest = false } = user;
    const profile = { displayName: undefined, avatarUrl: undefined };
    this.users.set(userId, { userId, passwordHash, isAdmin, isGuest, isDeactivated: false, ...profile });
    return true;
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

  async findAccess(tokenHash: Buffer): Promise<AccessRecord | undefined> {
    const token = this.#tokens.get(tokenHash.toString('hex'));
    const user = token && this.users.get(token.userId);
    if (token === undefined || user === undefined || user.isDeactivated) return undefined;
    return { userId: user.userId, deviceId: token.deviceId, isAdmin: user.isAdmin, isGuest: user.isGuest };
  }

  async openSession(session: NewSession): Promise<{ outcome: 'opened' | 'deactivated'; replaced: readonly Buffer[] }> {
    const { userId, deviceId, deviceDisplayName, tokenHash } = session;
    if (this.users.get(userId)?.isDeactivated !== false) return { outcome: 'deactivated', replaced: [] };
    const device = `${userId} ${deviceId}`;
    if (!this.devices.has(device)) this.devices.set(device, deviceDisplayName);
    const replaced = this.#takeTokens(userId, deviceId);
    this.#tokens.set(tokenHash.toString('hex'), { tokenHash, userId, deviceId });
    return { outcome: 'opened', replaced };
  }

  async findTokenHashes(userId: string, deviceId?: string): Promise<readonly Buffer[]> {
    return this.#tokensOf(userId, deviceId).map((token) => token.tokenHash);
  }

  async removeDevices(userId: string, deviceId?: string): Promise<readonly Buffer[]> {
    for (const device of this.devices.keys()) {
      if (deviceId === undefined ? device.startsWith(`${userId} `) : device === `${userId} ${deviceId}`) {
        this.devices.delete(device);
      }
    }
    return this.#takeTokens(userId, deviceId);
  }

  async findFilter(userId: string, filterId: number): Promise<string | undefined> {
    return this.#filters.get(userId)?.[filterId];
  }

  async storeFilter(userId: string, definition: string): Promise<number> {
    const filters = this.#filters.get(userId) ?? [];
    this.#filters.set(userId, filters);
    const known = filters.indexOf(definition);
    return known === -1 ? filters.push(definition) - 1 : known;
  }

  async storeCreation(creation: RoomCreation): Promise<RoomCreation | undefined> {
    const first = this.#creations.get(creation.commandId);
    if (first !== undefined) return first;
    if ([...this.#creations.values()].some(({ roomId }) => roomId === creation.roomId)) return undefined;
    this.#creations.set(creation.commandId, creation);
    return creation;
  }

  async findAlias(roomAlias: string): Promise<RoomAlias | undefined> {
    return this.#aliases.get(roomAlias);
  }

  async addAlias(alias: Omit<RoomAlias, 'createdAt'>): Promise<boolean> {
    if (this.#aliases.has(alias.roomAlias)) return false;
    this.#aliases.set(alias.roomAlias, { ...alias, createdAt: 0 });
    return true;
  }

  async listAliases(roomId: string, serverName: string): Promise<string[]> {
    const ofRoom = [...this.#aliases.values()].filter((alias) => alias.roomId === roomId);
    return ofRoom
      .map(({ roomAlias }) => roomAlias)
      .filter((name) => serverNameOf(name) === serverName)
      .sort();
  }

  async removeAlias(roomAlias: string, roomId: string): Promise<boolean> {
    return this.#aliases.get(roomAlias)?.roomId === roomId && this.#aliases.delete(roomAlias);
  }

  async publishRoom(serverName: string, roomId: string): Promise<void> {
    this.published.add(`${serverName} ${roomId}`);
  }

  async findForgottenRooms(userId: string): Promise<Map<string, number>> {
    return new Map(this.#forgotten.get(userId));
  }

  async findForgottenRoom(userId: string, roomId: string): Promise<number | undefined> {
    return this.#forgotten.get(userId)?.get(roomId);
  }

  async forgetRoom(userId: string, roomId: string, position: number): Promise<void> {
    const rooms = this.#forgotten.get(userId) ?? new Map<string, number>();
    this.#forgotten.set(userId, rooms);
    rooms.set(roomId, Math.max(position, rooms.get(roomId) ?? 0));
  }

  #tokensOf(userId: string, deviceId?: string): Token[] {
    const tokens = [...this.#tokens.values()].filter((token) => token.userId === userId);
    return tokens.filter((token) => deviceId === undefined || token.deviceId === deviceId);
  }

  #takeTokens(userId: string, deviceId?: string): Buffer[] {
    const hashes = this.#tokensOf(userId, deviceId).map((token) => token.tokenHash);
    for (const tokenHash of hashes) this.#tokens.delete(tokenHash.toString('hex'));
    return hashes;
  }
}
