import { serverNameOf } from '@plexus/matrix-base';
import type {
  AccountFact,
  Moderation,
  NewUser,
  PasswordChange,
  Registration,
  RegistrationOutcome,
  UserProfile,
  UserRecord,
  UserRepository,
} from '@plexus/storage';
import { appendAccountEvents } from '../account-events/append-account-events.ts';
import { storeConsents } from '../consent/store-consents.ts';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase, PostgresTransaction } from '../postgres/postgres-database.ts';
import type { Parameter, Statement } from '../postgres/statement.ts';
import { deactivateUser } from './deactivate-user.ts';
import { ADD_THREEPID, threepidValues } from './postgres-threepids.ts';
import { searchWordsOfUser } from './postgres-profiles.ts';
import { removeDevices } from './remove-devices.ts';

interface UserRow {
  readonly user_id: string;
  readonly password_hash: string | null;
  readonly is_admin: boolean;
  readonly is_deployment_admin: boolean;
  readonly is_guest: boolean;
  readonly is_deactivated: boolean;
  readonly is_locked: boolean;
  readonly is_suspended: boolean;
  readonly is_shadow_banned: boolean;
  readonly displayname: string | null;
  readonly avatar_url: string | null;
  readonly registered_by: string | null;
  readonly language: string | null;
}
type ProfileRow = Pick<UserRow, 'user_id' | 'displayname' | 'avatar_url'>;

export class PostgresUsers implements UserRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findUser(userId: string): Promise<UserRecord | undefined> {
    const [row] = await this.#database.run<UserRow>(FIND_USER, [userId]);
    return row && userOf(row);
  }

  async findProfiles(userIds: readonly string[]): Promise<Map<string, UserProfile>> {
    const rows = await this.#database.run<ProfileRow>(FIND_PROFILES, [userIds]);
    return new Map(rows.map((row) => [row.user_id, profileOf(row)]));
  }

  async findErasedUsers(userIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (userIds.length === 0) return new Set();
    const rows = await this.#database.run<Pick<UserRow, 'user_id'>>(FIND_ERASED, [textArray(userIds)]);
    return new Set(rows.map((row) => row.user_id));
  }

  async addUser(user: NewUser): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const added = await transaction.run(ADD_USER, valuesOf(user));
      if (added.length === 1) await appendAccountEvents(transaction, [registered(user)]);
      return added.length === 1;
    });
  }

  /** @NOTE Whatever does not come to `registered` is thrown within, so that the transaction leaves nothing behind. */
  async registerUser(registration: Registration): Promise<RegistrationOutcome> {
    try {
      await this.#database.transaction((transaction) => register(transaction, registration));
    } catch (error) {
      if (error instanceof RegistrationRefusedError) return error.because;
      throw error;
    }
    return 'registered';
  }

  async setPasswordHash(userId: string, passwordHash: string): Promise<void> {
    await this.#database.run(SET_PASSWORD_HASH, [userId, passwordHash]);
  }

  async changePassword({ userId, passwordHash, logout }: PasswordChange): Promise<readonly Buffer[]> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(SET_PASSWORD_HASH, [userId, passwordHash]);
      return logout === undefined ? [] : removeDevices(transaction, userId, { except: logout.exceptDeviceId });
    });
  }

  async moderateUser(userId: string, change: Moderation): Promise<UserRecord | undefined> {
    const { isLocked, isSuspended, isShadowBanned } = change;
    const values = [userId, isLocked, isSuspended, isShadowBanned];
    const [row] = await this.#database.run<UserRow>(MODERATE_USER, values);
    return row && userOf(row);
  }

  async deactivateUser(userId: string): Promise<readonly Buffer[]> {
    return this.#database.transaction((transaction) => deactivateUser(transaction, userId, { erase: false }));
  }

  async listUsers(serverName: string, page: { readonly after?: string; readonly limit: number }): Promise<string[]> {
    const values = [serverName, page.after ?? '', page.limit];
    const rows = await this.#database.run<Pick<UserRow, 'user_id'>>(LIST_USERS, values);
    return rows.map((row) => row.user_id);
  }

  async countUsers(serverName: string): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(COUNT_USERS, [serverName]);
    return row?.count ?? 0;
  }

  async countOpenUsers(serverName: string, most: number): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(COUNT_OPEN_USERS, [serverName, most]);
    return row?.count ?? 0;
  }
}

class RegistrationRefusedError extends Error {
  override readonly name = 'RegistrationRefusedError';
  readonly because: Exclude<RegistrationOutcome, 'registered'>;

  constructor(because: Exclude<RegistrationOutcome, 'registered'>) {
    super(because);
    this.because = because;
  }
}

async function register(transaction: PostgresTransaction, registration: Registration): Promise<void> {
  const { userId, passwordHash, sessionHash, isUpgrade, threepid } = registration;
  if (sessionHash !== undefined) {
    // The token's row before the session's, as where a session takes a use of the token.
    await transaction.run(COUNT_REGISTRATION, [sessionHash]);
    const sessions = await transaction.run(TAKE_REGISTRATION, [sessionHash, userId]);
    if (sessions.length === 0) throw new RegistrationRefusedError('session-used');
  }
  const users = await (isUpgrade === true
    ? transaction.run(UPGRADE_GUEST, [userId, passwordHash])
    : transaction.run(ADD_USER, valuesOf(registration)));
  if (users.length === 0) throw new RegistrationRefusedError('user-in-use');
  if (threepid !== undefined) {
    const added = await transaction.run(ADD_THREEPID, threepidValues(userId, threepid));
    if (added.length === 0) throw new RegistrationRefusedError('threepid-in-use');
  }
  const consented = await storeConsents(transaction, userId, registration.consents ?? []);
  await appendAccountEvents(transaction, [registered(registration), ...consented]);
}

function registered({ userId, isGuest = false, registeredBy: appserviceId }: NewUser): AccountFact {
  return { kind: 'registered', userId, isGuest, ...(appserviceId !== undefined && { appserviceId }) };
}

function valuesOf({
  userId,
  passwordHash,
  isAdmin = false,
  isGuest = false,
  isDeploymentAdmin = false,
  displayName,
  registeredBy,
  language,
  userType,
}: NewUser): Parameter[] {
  const words = searchWordsOfUser(userId, displayName);
  const roles = [isAdmin, isGuest, isDeploymentAdmin];
  return [userId, serverNameOf(userId), passwordHash, ...roles, displayName, words, registeredBy, language, userType];
}

function userOf(row: UserRow): UserRecord {
  return {
    userId: row.user_id,
    passwordHash: row.password_hash ?? undefined,
    isAdmin: row.is_admin,
    isDeploymentAdmin: row.is_deployment_admin,
    isGuest: row.is_guest,
    isDeactivated: row.is_deactivated,
    ...(row.is_locked && { isLocked: true }),
    ...(row.is_suspended && { isSuspended: true }),
    ...(row.is_shadow_banned && { isShadowBanned: true }),
    ...profileOf(row),
    ...(row.registered_by !== null && { registeredBy: row.registered_by }),
    ...(row.language !== null && { language: row.language }),
  };
}

function profileOf({ displayname, avatar_url }: ProfileRow): UserProfile {
  return { displayName: displayname ?? undefined, avatarUrl: avatar_url ?? undefined };
}

const COLUMNS = `user_id, password_hash, is_admin, is_deployment_admin, is_guest, deactivated_at is not null as is_deactivated,
  locked_at is not null as is_locked, suspended_at is not null as is_suspended, is_shadow_banned, displayname, avatar_url,
  registered_by, language`;

const FIND_USER: Statement = {
  name: 'find_user',
  text: `select ${COLUMNS} from users where user_id = $1`,
};
const FIND_PROFILES: Statement = {
  name: 'find_profiles',
  text: `select user_id, displayname, avatar_url from users where user_id = any($1::text[]) and deactivated_at is null`,
};
const FIND_ERASED: Statement = {
  name: 'find_erased_users',
  text: 'select user_id from users where user_id = any($1::text[]) and erased_at is not null',
};
const ADD_USER: Statement = {
  name: 'add_user',
  text: `insert into users (user_id, server_name, password_hash, is_admin, is_guest, is_deployment_admin, displayname, search_words,
                           registered_by, language, user_type)
         values ($1, $2, $3, $4, $5, $6, $7, array_to_tsvector($8::text[]), $9, $10, $11)
         on conflict (user_id) do nothing returning 1`,
};
const UPGRADE_GUEST: Statement = {
  name: 'upgrade_guest',
  text: `update users set is_guest = false, password_hash = $2
          where user_id = $1 and is_guest and deactivated_at is null returning 1`,
};
const TAKE_REGISTRATION: Statement = {
  name: 'take_registration',
  text: `update auth_sessions set registered_user_id = $2
          where session_hash = $1 and registered_user_id is null and expires_at > now() returning 1`,
};
const COUNT_REGISTRATION: Statement = {
  name: 'count_registration',
  text: `update registration_tokens t set completed = t.completed + 1 from auth_sessions s
          where s.session_hash = $1 and t.server_name = s.server_name and t.token = s.registration_token`,
};
const MODERATE_USER: Statement = {
  name: 'moderate_user',
  text: `update users set
           locked_at = case when $2::boolean is null then locked_at when $2 then coalesce(locked_at, now()) end,
           suspended_at = case when $3::boolean is null then suspended_at when $3 then coalesce(suspended_at, now()) end,
           is_shadow_banned = coalesce($4::boolean, is_shadow_banned)
         where user_id = $1 and deactivated_at is null returning ${COLUMNS}`,
};
const SET_PASSWORD_HASH: Statement = {
  name: 'set_password_hash',
  text: 'update users set password_hash = $2 where user_id = $1',
};
const LIST_USERS: Statement = {
  name: 'list_users',
  text: 'select user_id from users where server_name = $1 and user_id > $2 order by user_id limit $3',
};
const COUNT_OPEN_USERS: Statement = {
  name: 'count_open_users',
  text: `select count(*) as count
           from (select from users
                  where server_name = $1 and deactivated_at is null and registered_by is null
                    and coalesce(user_type, '') not in ('support', 'bot')
                  limit $2) open`,
};
const COUNT_USERS: Statement = {
  name: 'count_users',
  text: 'select count(*) as count from users where server_name = $1',
};
