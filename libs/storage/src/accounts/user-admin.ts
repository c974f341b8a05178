/** A user as administrators see them. */
export interface AdminUser {
  readonly userId: string;
  readonly hasPassword: boolean;
  readonly isAdmin: boolean;
  readonly isDeploymentAdmin: boolean;
  readonly isGuest: boolean;
  readonly isDeactivated: boolean;
  readonly isErased: boolean;
  readonly isLocked: boolean;
  readonly isSuspended: boolean;
  readonly isShadowBanned: boolean;
  readonly userType: string | undefined;
  readonly displayName: string | undefined;
  readonly avatarUrl: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly lastSeenAt: number | undefined;
  /** The id of the application service that registered the user. */
  readonly registeredBy: string | undefined;
}

export const USER_ORDERS = [
  'name',
  'displayname',
  'is_guest',
  'admin',
  'user_type',
  'deactivated',
  'shadow_banned',
  'avatar_url',
  'creation_ts',
  'last_seen_ts',
  'locked',
] as const;
export type UserOrder = (typeof USER_ORDERS)[number];

export interface AdminUserQuery {
  /** Only users of this hosted server. */
  readonly serverName?: string | undefined;
  /** Parts of ids and names, whatever their case. */
  readonly userId?: string | undefined;
  readonly name?: string | undefined;
  /** Nothing: both. */
  readonly isGuest?: boolean | undefined;
  readonly isDeactivated?: boolean | undefined;
  readonly isAdmin?: boolean | undefined;
  readonly isLocked?: boolean | undefined;
  /** Types that are left out; an empty one stands for users without a type. */
  readonly notUserTypes: readonly string[];
  readonly order: UserOrder;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface ExternalId {
  readonly authProvider: string;
  readonly externalId: string;
}

/** What an administrator changes; what is left out stays, null takes away. */
export interface AdminUserChange {
  readonly isAdmin?: boolean;
  readonly isDeploymentAdmin?: boolean;
  readonly userType?: string | null;
  readonly displayName?: string | null;
  readonly avatarUrl?: string | null;
}

export interface RateLimitOverride {
  /** 0: no limit. */
  readonly messagesPerSecond: number;
  readonly burstCount: number;
}

export interface RateLimitOverrideReader {
  findRateLimit(userId: string): Promise<RateLimitOverride | undefined>;
  /** All there are, by user id. */
  listRateLimits(): Promise<Map<string, RateLimitOverride>>;
}

export interface UserAdminRepository extends RateLimitOverrideReader {
  listUsers(query: AdminUserQuery): Promise<{ readonly users: AdminUser[]; readonly total: number }>;
  findUser(userId: string): Promise<AdminUser | undefined>;
  /** Those of the users that exist, in no order. */
  findUsers(userIds: readonly string[]): Promise<AdminUser[]>;
  changeUser(userId: string, change: AdminUserChange): Promise<void>;
  /** The user's data is gone. */
  setErased(userId: string): Promise<void>;
  /** Opens a deactivated account again, with this password. */
  reactivateUser(userId: string, passwordHash: string): Promise<void>;
  listExternalIds(userId: string): Promise<ExternalId[]>;
  /** These are the user's external ids from now on; false where one of them is another user's, and then nothing changes. */
  setExternalIds(userId: string, externalIds: readonly ExternalId[]): Promise<boolean>;
  findByExternalId(externalId: ExternalId): Promise<string | undefined>;
  setRateLimit(userId: string, limit: RateLimitOverride): Promise<void>;
  removeRateLimit(userId: string): Promise<void>;
}
