import type {
  BackedUpKey,
  BackupState,
  KeyBackup,
  KeyBackupRepository,
  KeySelection,
  StoreBackedUpKeysOutcome,
} from '@plexus/storage';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';
import { storeBackedUpKeys } from './store-backed-up-keys.ts';

interface BackupRow {
  readonly version: number;
  readonly algorithm: string;
  readonly auth_data: string;
  readonly etag: number;
  readonly key_count: number;
}

interface KeyRow {
  readonly room_id: string;
  readonly session_id: string;
  readonly first_message_index: number;
  readonly forwarded_count: number;
  readonly is_verified: boolean;
  readonly session_data: string;
}

/** Whoever changes the keys of a backup holds its row, so that etag and count go with what is there. */
export class PostgresKeyBackups implements KeyBackupRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** The user's row is locked: two that are made at once get two numbers. */
  async createBackup(
    userId: string,
    { algorithm, authData }: Pick<KeyBackup, 'algorithm' | 'authData'>,
  ): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_OWNER, [userId]);
      const [row] = await transaction.run<{ version: number }>(CREATE_BACKUP, [userId, algorithm, authData]);
      if (row === undefined) throw new TypeError('The statement returned no row');
      return row.version;
    });
  }

  async findBackup(userId: string, version?: number): Promise<KeyBackup | undefined> {
    const [row] = await this.#database.run<BackupRow>(FIND_BACKUP, [userId, version]);
    if (row === undefined) return undefined;
    const { algorithm, auth_data: authData, etag, key_count: count } = row;
    return { version: row.version, algorithm, authData, etag, count };
  }

  async setAuthData(userId: string, version: number, authData: string): Promise<boolean> {
    return (await this.#database.run(SET_AUTH_DATA, [userId, version, authData])).length === 1;
  }

  async removeBackup(userId: string, version: number): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const removed = await transaction.run(REMOVE_BACKUP, [userId, version]);
      await transaction.run(REMOVE_KEYS, [userId, version, undefined, undefined]);
      return removed.length === 1;
    });
  }

  storeBackedUpKeys(userId: string, version: number, keys: readonly BackedUpKey[]): Promise<StoreBackedUpKeysOutcome> {
    return this.#database.transaction((transaction) => storeBackedUpKeys(transaction, { userId, version, keys }));
  }

  async listBackedUpKeys(
    userId: string,
    version: number,
    page: KeySelection & { readonly after?: Pick<BackedUpKey, 'roomId' | 'sessionId'>; readonly limit: number },
  ): Promise<BackedUpKey[]> {
    const { roomId, sessionId, after, limit } = page;
    const values = [userId, version, roomId, sessionId, after?.roomId ?? '', after?.sessionId ?? '', limit];
    return (await this.#database.run<KeyRow>(LIST_KEYS, values)).map(keyOf);
  }

  async removeBackedUpKeys(userId: string, version: number, selection: KeySelection): Promise<BackupState | undefined> {
    return this.#database.transaction(async (transaction) => {
      const [backup] = await transaction.run<BackupRow>(LOCK_BACKUP, [userId, version]);
      if (backup === undefined) return undefined;
      const removed = await transaction.run(REMOVE_KEYS, [userId, version, selection.roomId, selection.sessionId]);
      const state = { etag: backup.etag + (removed.length > 0 ? 1 : 0), count: backup.key_count - removed.length };
      await transaction.run(SET_STATE, [userId, version, state.etag, state.count]);
      return state;
    });
  }
}

function keyOf(row: KeyRow): BackedUpKey {
  return {
    roomId: row.room_id,
    sessionId: row.session_id,
    firstMessageIndex: row.first_message_index,
    forwardedCount: row.forwarded_count,
    isVerified: row.is_verified,
    sessionData: row.session_data,
  };
}

const LOCK_OWNER: Statement = {
  name: 'lock_backup_owner',
  text: 'select 1 from users where user_id = $1 for no key update',
};
const CREATE_BACKUP: Statement = {
  name: 'create_key_backup',
  text: `insert into key_backups (user_id, version, algorithm, auth_data)
         select $1, coalesce(max(version), 0) + 1, $2, $3 from key_backups where user_id = $1
         returning version`,
};
const FIND_BACKUP: Statement = {
  name: 'find_key_backup',
  text: `select version, algorithm, auth_data, etag, key_count from key_backups
          where user_id = $1 and removed_at is null and ($2::bigint is null or version = $2)
          order by version desc limit 1`,
};
const LOCK_BACKUP: Statement = {
  name: 'lock_key_backup',
  text: `select version, etag, key_count from key_backups
          where user_id = $1 and version = $2 and removed_at is null for no key update`,
};
const SET_AUTH_DATA: Statement = {
  name: 'set_backup_auth_data',
  text: `update key_backups set auth_data = $3 where user_id = $1 and version = $2 and removed_at is null returning 1`,
};
const REMOVE_BACKUP: Statement = {
  name: 'remove_key_backup',
  text: `update key_backups set removed_at = coalesce(removed_at, now()), key_count = 0
          where user_id = $1 and version = $2 returning 1`,
};
const REMOVE_KEYS: Statement = {
  name: 'remove_backed_up_keys',
  text: `delete from backed_up_keys
          where user_id = $1 and version = $2 and ($3::text is null or room_id = $3) and ($4::text is null or session_id = $4)
         returning 1`,
};
const LIST_KEYS: Statement = {
  name: 'list_backed_up_keys',
  text: `select room_id, session_id, first_message_index, forwarded_count, is_verified, session_data
           from backed_up_keys
          where user_id = $1 and version = $2 and ($3::text is null or room_id = $3) and ($4::text is null or session_id = $4)
            and (room_id, session_id) > ($5, $6)
          order by room_id, session_id limit $7`,
};
const SET_STATE: Statement = {
  name: 'set_backup_state',
  text: 'update key_backups set etag = $3, key_count = $4 where user_id = $1 and version = $2',
};
