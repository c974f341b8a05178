import { serverNameOf } from '@plexus/matrix-base';
import type { NewUser, UserProfile, UserRecord, UserRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { removeAccountKeys } from './keys/remove-device-keys.ts';
import { tokenHashesOf } from './token-hashes.ts';
import type { TokenHashRow } from './token-hashes.ts';

interface UserRow {
  readonly user_id: string;
  readonly password_hash: string | null;
  readonly is_admin: boolean;
  readonly is_guest: boolean;
  readonly is_deactivated: boolean;
  readonly displayname: string | null;
  readonly avatar_url: string | null;
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

  async addUser({ userId, passwordHash, isAdmin, isGuest }: NewUser): Promise<boolean> {
    const values = [userId, serverNameOf(userId), passwordHash, isAdmin ?? false, isGuest ?? false];
    return (await this.#database.run(ADD_USER, values)).length === 1;
  }

  async setPasswordHash(userId: string, passwordHash: string): Promise<void> {
    await this.#database.run(SET_PASSWORD_HASH, [userId, passwordHash]);
  }

  async deactivateUser(userId: string): Promise<readonly Buffer[]> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(DEACTIVATE_USER, [userId]);
      await transaction.run(REMOVE_DEVICES_OF_USER, [userId]);
      const removed = await transaction.run<TokenHashRow>(REMOVE_TOKENS_OF_USER, [userId]);
      await removeAccountKeys(transaction, userId);
      return tokenHashesOf(removed);
    });
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
}

function userOf(row: UserRow): UserRecord {
  return {
    userId: row.user_id,
    passwordHash: row.password_hash ?? undefined,
    isAdmin: row.is_admin,
    isGuest: row.is_guest,
    isDeactivated: row.is_deactivated,
    ...profileOf(row),
  };
}

function profileOf({ displayname, avatar_url }: ProfileRow): UserProfile {
  return { displayName: displayname ?? undefined, avatarUrl: avatar_url ?? undefined };
}

const FIND_USER: Statement = {
  name: 'find_user',
  text: `select user_id, password_hash, is_admin, is_guest, deactivated_at is not null as is_deactivated, displayname,
                avatar_url
           from users where user_id = $1`,
};
const FIND_PROFILES: Statement = {
  name: 'find_profiles',
  text: `select user_id, displayname, avatar_url from users where user_id = any($1::text[]) and deactivated_at is null`,
};
const ADD_USER: Statement = {
  name: 'add_user',
  text: `insert into users (user_id, server_name, password_hash, is_admin, is_guest) values ($1, $2, $3, $4, $5)
         on conflict (user_id) do nothing returning 1`,
};
const SET_PASSWORD_HASH: Statement = {
  name: 'set_password_hash',
  text: 'update users set password_hash = $2 where user_id = $1',
};
const DEACTIVATE_USER: Statement = {
  name: 'deactivate_user',
  text: `update users set password_hash = null, deactivated_at = coalesce(deactivated_at, now()) where user_id = $1`,
};
const REMOVE_DEVICES_OF_USER: Statement = {
  name: 'remove_devices_of_user',
  text: 'delete from devices where user_id = $1',
};
const REMOVE_TOKENS_OF_USER: Statement = {
  name: 'remove_tokens_of_user',
  text: 'delete from access_tokens where user_id = $1 returning token_hash',
};
const LIST_USERS: Statement = {
  name: 'list_users',
  text: 'select user_id from users where server_name = $1 and user_id > $2 order by user_id limit $3',
};
const COUNT_USERS: Statement = {
  name: 'count_users',
  text: 'select count(*) as count from users where server_name = $1',
};
