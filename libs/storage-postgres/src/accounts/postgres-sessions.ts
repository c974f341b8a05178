import type { AccessRecord, NewSession, SessionRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { removeKeysOfGoneDevices } from './keys/remove-device-keys.ts';
import { tokenHashesOf } from './token-hashes.ts';
import type { TokenHashRow } from './token-hashes.ts';

interface AccessRow {
  readonly user_id: string;
  readonly device_id: string;
  readonly is_admin: boolean;
  readonly is_guest: boolean;
}

export class PostgresSessions implements SessionRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findAccess(tokenHash: Buffer): Promise<AccessRecord | undefined> {
    const [row] = await this.#database.run<AccessRow>(FIND_ACCESS, [tokenHash]);
    return row && { userId: row.user_id, deviceId: row.device_id, isAdmin: row.is_admin, isGuest: row.is_guest };
  }

  /** The user's row is locked, so that a deactivation at the same time leaves no token behind. */
  async openSession(session: NewSession): Promise<{ outcome: 'opened' | 'deactivated'; replaced: readonly Buffer[] }> {
    const { userId, deviceId, deviceDisplayName, tokenHash } = session;
    return this.#database.transaction(async (transaction) => {
      const users = await transaction.run(LOCK_ACTIVE_USER, [userId]);
      if (users.length === 0) return { outcome: 'deactivated', replaced: [] };
      await transaction.run(ADD_DEVICE, [userId, deviceId, deviceDisplayName]);
      const replaced = await transaction.run<TokenHashRow>(REMOVE_TOKENS, [userId, deviceId]);
      await transaction.run(ADD_TOKEN, [tokenHash, userId, deviceId]);
      return { outcome: 'opened', replaced: tokenHashesOf(replaced) };
    });
  }

  async findTokenHashes(userId: string, deviceId?: string): Promise<readonly Buffer[]> {
    return tokenHashesOf(await this.#database.run<TokenHashRow>(FIND_TOKENS, [userId, deviceId]));
  }

  async removeDevices(userId: string, deviceId?: string): Promise<readonly Buffer[]> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(REMOVE_DEVICES, [userId, deviceId]);
      const removed = await transaction.run<TokenHashRow>(REMOVE_TOKENS, [userId, deviceId]);
      await removeKeysOfGoneDevices(transaction, userId);
      return tokenHashesOf(removed);
    });
  }
}

const FIND_ACCESS: Statement = {
  name: 'find_access',
  text: `select t.user_id, t.device_id, u.is_admin, u.is_guest
           from access_tokens t join users u on u.user_id = t.user_id
          where t.token_hash = $1 and u.deactivated_at is null`,
};
const LOCK_ACTIVE_USER: Statement = {
  name: 'lock_active_user',
  text: 'select 1 from users where user_id = $1 and deactivated_at is null for no key update',
};
const ADD_DEVICE: Statement = {
  name: 'add_device',
  text: `insert into devices (user_id, device_id, display_name) values ($1, $2, $3)
         on conflict (user_id, device_id) do nothing`,
};
const ADD_TOKEN: Statement = {
  name: 'add_token',
  text: 'insert into access_tokens (token_hash, user_id, device_id) values ($1, $2, $3)',
};
const FIND_TOKENS: Statement = {
  name: 'find_tokens',
  text: 'select token_hash from access_tokens where user_id = $1 and ($2::text is null or device_id = $2)',
};
const REMOVE_DEVICES: Statement = {
  name: 'remove_devices',
  text: 'delete from devices where user_id = $1 and ($2::text is null or device_id = $2)',
};
const REMOVE_TOKENS: Statement = {
  name: 'remove_tokens',
  text: `delete from access_tokens where user_id = $1 and ($2::text is null or device_id = $2) returning token_hash`,
};
