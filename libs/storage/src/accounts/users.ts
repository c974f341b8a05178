export interface UserRecord {
  readonly userId: string;
  /** argon2id, PHC string; nothing: no password opens this account. */
  readonly passwordHash: string | undefined;
  readonly isAdmin: boolean;
  readonly isGuest: boolean;
  readonly isDeactivated: boolean;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
}

export interface NewUser {
  readonly userId: string;
  readonly passwordHash: string | undefined;
  readonly isAdmin?: boolean;
  readonly isGuest?: boolean;
}

/** What a room shows of a user (https://spec.matrix.org/v1.19/client-server-api/#profiles). */
export type UserProfile = Pick<UserRecord, 'displayName' | 'avatarUrl'>;

/** Accounts of the hosted servers' users. A user id is given once and never again, not even after deactivation. */
export interface UserRepository {
  findUser(userId: string): Promise<UserRecord | undefined>;
  /** By user id; of users that exist only. */
  findProfiles(userIds: readonly string[]): Promise<Map<string, UserProfile>>;
  /** False where the user id is taken; then nothing changes. */
  addUser(user: NewUser): Promise<boolean>;
  setPasswordHash(userId: string, passwordHash: string): Promise<void>;
  /** Takes the password and all devices with their tokens away. Returns the hashes of the tokens. */
  deactivateUser(userId: string): Promise<readonly Buffer[]>;
  /** A page of a server's users in the order of their ids, deactivated ones included; `after` is exclusive. */
  listUsers(serverName: string, page: { readonly after?: string; readonly limit: number }): Promise<string[]>;
  countUsers(serverName: string): Promise<number>;
}
