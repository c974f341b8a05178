import type { ExpiredRowRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

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
];
