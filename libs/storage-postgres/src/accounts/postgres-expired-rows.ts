import type { ExpiredRowRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { CLAIMED_KEPT } from './keys/store-one-time-keys.ts';

/** At most so many rows go at once: what is left goes the next time. */
const BATCH = 10_000;

export class PostgresExpiredRows implements ExpiredRowRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async removeExpired(): Promise<void> {
    for (const statement of REMOVE_EXPIRED) await this.#database.run(statement);
  }
}

const REMOVE_EXPIRED: readonly Statement[] = [
  {
    name: 'remove_expired_email_validations',
    text: `delete from email_validations where sid in (
             select sid from email_validations where expires_at < now() limit ${BATCH})`,
  },
  {
    name: 'remove_expired_auth_sessions',
    text: `delete from auth_sessions where session_hash in (
             select session_hash from auth_sessions where expires_at < now() limit ${BATCH})`,
  },
  {
    name: 'remove_expired_short_lived_tokens',
    text: `delete from short_lived_tokens where (purpose, token_hash) in (
             select purpose, token_hash from short_lived_tokens where expires_at < now() limit ${BATCH})`,
  },
  {
    // An upload removes its own device's: this is for devices that upload no more.
    name: 'remove_claimed_one_time_keys',
    text: `delete from one_time_keys where (user_id, device_id, algorithm, key_id) in (
             select user_id, device_id, algorithm, key_id from one_time_keys
              where claimed_at < now() - interval '${CLAIMED_KEPT}' order by claimed_at limit ${BATCH})`,
  },
];
