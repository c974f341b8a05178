import { StorageError } from '@plexus/storage';
import type {
  AdminUser,
  AdminUserChange,
  AdminUserQuery,
  ExternalId,
  RateLimitOverride,
  UserAdminRepository,
  UserOrder,
} from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface AdminUserRow {
  readonly user_id: string;
  readonly has_password: boolean;
  readonly is_admin: boolean;
  readonly is_deployment_admin: boolean;
  readonly is_guest: boolean;
  readonly is_deactivated: boolean;
  readonly is_erased: boolean;
  readonly is_locked: boolean;
  readonly is_suspended: boolean;
  readonly is_shadow_banned: boolean;
  readonly user_type: string | null;
  readonly displayname: string | null;
  readonly avatar_url: string | null;
  readonly created_at: Date;
  readonly last_seen_at: Date | null;
  readonly registered_by: string | null;
}

export class PostgresUserAdmin implements UserAdminRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listUsers(query: AdminUserQuery): Promise<{ users: AdminUser[]; total: number }> {
    const filters = [
      query.serverName,
      query.userId,
      query.name,
      query.isGuest,
      query.isDeactivated,
      query.isAdmin,
      query.isLocked,
      textArray(query.notUserTypes),
    ];
    const [counted] = await this.#database.run<{ total: number }>(COUNT_USERS, filters);
    const page = [query.limit, query.offset];
    const rows = await this.#database.run<AdminUserRow>(listStatement(query), [...filters, ...page]);
    return { users: rows.map(userOf), total: counted?.total ?? 0 };
  }

  async findUser(userId: string): Promise<AdminUser | undefined> {
    const [row] = await this.#database.run<AdminUserRow>(FIND_USER, [userId]);
    return row && userOf(row);
  }

  async findUsers(userIds: readonly string[]): Promise<AdminUser[]> {
    if (userIds.length === 0) return [];
    return (await this.#database.run<AdminUserRow>(FIND_USERS, [textArray(userIds)])).map(userOf);
  }

  async changeUser(userId: string, change: AdminUserChange): Promise<void> {
    const { isAdmin, isDeploymentAdmin, userType, displayName, avatarUrl } = change;
    const texts = [userType, displayName, avatarUrl].flatMap((text) => [text !== undefined, text]);
    await this.#database.run(CHANGE_USER, [userId, isAdmin, isDeploymentAdmin, ...texts]);
  }

  async setErased(userId: string): Promise<void> {
    await this.#database.run(SET_ERASED, [userId]);
  }

  async reactivateUser(userId: string, passwordHash: string): Promise<void> {
    await this.#database.run(REACTIVATE_USER, [userId, passwordHash]);
  }

  async listExternalIds(userId: string): Promise<ExternalId[]> {
    const rows = await this.#database.run<{ auth_provider: string; external_id: string }>(LIST_EXTERNAL, [userId]);
    return rows.map((row) => ({ authProvider: row.auth_provider, externalId: row.external_id }));
  }

  async setExternalIds(userId: string, externalIds: readonly ExternalId[]): Promise<boolean> {
    const values = [
      userId,
      textArray(externalIds.map(({ authProvider }) => authProvider)),
      textArray(externalIds.map(({ externalId }) => externalId)),
    ];
    try {
      await this.#database.transaction(async (transaction) => {
        await transaction.run(REMOVE_EXTERNAL, [userId]);
        const added = await transaction.run(ADD_EXTERNAL, values);
        if (added.length < externalIds.length) throw new TakenError();
      });
      return true;
    } catch (error) {
      if (error instanceof TakenError) return false;
      throw error;
    }
  }

  async findByExternalId({ authProvider, externalId }: ExternalId): Promise<string | undefined> {
    const [row] = await this.#database.run<{ user_id: string }>(FIND_BY_EXTERNAL, [authProvider, externalId]);
    return row?.user_id;
  }

  async findRateLimit(userId: string): Promise<RateLimitOverride | undefined> {
    const [row] = await this.#database.run<LimitRow>(FIND_LIMIT, [userId]);
    return row && { messagesPerSecond: row.messages_per_second, burstCount: row.burst_count };
  }

  async listRateLimits(): Promise<Map<string, RateLimitOverride>> {
    const rows = await this.#database.run<LimitRow & { user_id: string }>(LIST_LIMITS);
    return new Map(
      rows.map((row) => [row.user_id, { messagesPerSecond: row.messages_per_second, burstCount: row.burst_count }]),
    );
  }

  async setRateLimit(userId: string, { messagesPerSecond, burstCount }: RateLimitOverride): Promise<void> {
    await this.#database.run(SET_LIMIT, [userId, messagesPerSecond, burstCount]);
  }

  async removeRateLimit(userId: string): Promise<void> {
    await this.#database.run(REMOVE_LIMIT, [userId]);
  }
}

interface LimitRow {
  readonly messages_per_second: number;
  readonly burst_count: number;
}

/** Ends the transaction in which an external id turned out to be another user's. */
class TakenError extends StorageError {
  constructor() {
    super('the external id is taken');
  }
}

function userOf(row: AdminUserRow): AdminUser {
  return {
    userId: row.user_id,
    hasPassword: row.has_password,
    isAdmin: row.is_admin || row.is_deployment_admin,
    isDeploymentAdmin: row.is_deployment_admin,
    isGuest: row.is_guest,
    isDeactivated: row.is_deactivated,
    isErased: row.is_erased,
    isLocked: row.is_locked,
    isSuspended: row.is_suspended,
    isShadowBanned: row.is_shadow_banned,
    userType: row.user_type ?? undefined,
    displayName: row.displayname ?? undefined,
    avatarUrl: row.avatar_url ?? undefined,
    createdAt: row.created_at.getTime(),
    lastSeenAt: row.last_seen_at?.getTime(),
    registeredBy: row.registered_by ?? undefined,
  };
}

const COLUMNS = `u.user_id, u.password_hash is not null as has_password, u.is_admin, u.is_deployment_admin, u.is_guest,
  u.deactivated_at is not null as is_deactivated, u.erased_at is not null as is_erased, u.locked_at is not null as is_locked,
  u.suspended_at is not null as is_suspended, u.is_shadow_banned, u.user_type, u.displayname, u.avatar_url, u.created_at,
  u.registered_by,
  greatest(
    (select max(d.last_seen_at) from devices d where d.user_id = u.user_id),
    (select max(s.last_seen_at) from synced_devices s where s.user_id = u.user_id)
  ) as last_seen_at`;

const WHERE = `where ($1::text is null or u.server_name = $1)
  and ($2::text is null or strpos(lower(u.user_id), lower($2)) > 0)
  and ($3::text is null or strpos(lower(split_part(u.user_id, ':', 1)), lower($3)) > 0
    or strpos(lower(u.displayname), lower($3)) > 0)
  and ($4::boolean is null or u.is_guest = $4) and ($5::boolean is null or (u.deactivated_at is not null) = $5)
  and ($6::boolean is null or (u.is_admin or u.is_deployment_admin) = $6)
  and ($7::boolean is null or (u.locked_at is not null) = $7)
  and coalesce(u.user_type, '') <> all($8::text[])`;

const COUNT_USERS: Statement = {
  name: 'count_users_for_admin',
  text: `select count(*) as total from users u ${WHERE}`,
};
const FIND_USER: Statement = {
  name: 'find_user_for_admin',
  text: `select ${COLUMNS} from users u where u.user_id = $1`,
};

const FIND_USERS: Statement = {
  name: 'find_users_for_admin',
  text: `select ${COLUMNS} from users u where u.user_id = any($1::text[])`,
};

const ORDERS: Readonly<Record<UserOrder, string>> = {
  name: 'user_id',
  displayname: 'displayname',
  is_guest: 'is_guest',
  admin: 'is_admin',
  user_type: 'user_type',
  deactivated: 'is_deactivated',
  shadow_banned: 'is_shadow_banned',
  avatar_url: 'avatar_url',
  creation_ts: 'created_at',
  last_seen_ts: 'last_seen_at',
  locked: 'is_locked',
};

function listStatement({ order, descending }: AdminUserQuery): Statement {
  const direction = descending ? 'desc nulls last' : 'asc nulls first';
  return {
    name: `list_users_for_admin_by_${order}_${descending ? 'desc' : 'asc'}`,
    text: `select * from (select ${COLUMNS} from users u ${WHERE}) listed
            order by ${ORDERS[order]} ${direction}, user_id limit $9 offset $10`,
  };
}

const CHANGE_USER: Statement = {
  name: 'change_user_for_admin',
  text: `update users set is_admin = coalesce($2, is_admin), is_deployment_admin = coalesce($3, is_deployment_admin),
           user_type = case when $4 then $5 else user_type end, displayname = case when $6 then $7 else displayname end,
           avatar_url = case when $8 then $9 else avatar_url end
         where user_id = $1`,
};
const SET_ERASED: Statement = {
  name: 'set_user_erased',
  text: 'update users set erased_at = coalesce(erased_at, now()) where user_id = $1',
};
const REACTIVATE_USER: Statement = {
  name: 'reactivate_user',
  text: 'update users set deactivated_at = null, erased_at = null, password_hash = $2 where user_id = $1',
};
const LIST_EXTERNAL: Statement = {
  name: 'list_external_ids',
  text: 'select auth_provider, external_id from user_external_ids where user_id = $1 order by auth_provider, external_id',
};
const REMOVE_EXTERNAL: Statement = {
  name: 'remove_external_ids',
  text: 'delete from user_external_ids where user_id = $1',
};
const ADD_EXTERNAL: Statement = {
  name: 'add_external_ids',
  text: `insert into user_external_ids (auth_provider, external_id, user_id)
         select p, e, $1 from unnest($2::text[], $3::text[]) as given (p, e)
         on conflict (auth_provider, external_id) do nothing returning 1`,
};
const FIND_BY_EXTERNAL: Statement = {
  name: 'find_by_external_id',
  text: 'select user_id from user_external_ids where auth_provider = $1 and external_id = $2',
};
const FIND_LIMIT: Statement = {
  name: 'find_rate_limit_override',
  text: 'select messages_per_second, burst_count from rate_limit_overrides where user_id = $1',
};
const LIST_LIMITS: Statement = {
  name: 'list_rate_limit_overrides',
  text: 'select user_id, messages_per_second, burst_count from rate_limit_overrides',
};
const SET_LIMIT: Statement = {
  name: 'set_rate_limit_override',
  text: `insert into rate_limit_overrides (user_id, messages_per_second, burst_count) values ($1, $2, $3)
         on conflict (user_id) do update set messages_per_second = excluded.messages_per_second,
           burst_count = excluded.burst_count`,
};
const REMOVE_LIMIT: Statement = {
  name: 'remove_rate_limit_override',
  text: 'delete from rate_limit_overrides where user_id = $1',
};
