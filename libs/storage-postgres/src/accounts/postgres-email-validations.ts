import type { EmailValidationRepository, NewEmailValidation, Threepid } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresEmailValidations implements EmailValidationRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async startValidation(
    validation: NewEmailValidation,
    lifetimeMs: number,
  ): Promise<{ sid: string; wantsMail: boolean }> {
    const { sid, serverName, purpose, address, clientSecretHash, tokenHash, nextLink, sendAttempt } = validation;
    const values = [sid, serverName, purpose, address, clientSecretHash, tokenHash, nextLink, lifetimeMs, sendAttempt];
    const [row] = await this.#database.run<{ sid: string }>(START_VALIDATION, values);
    if (row !== undefined) return { sid: row.sid, wantsMail: true };
    const [sent] = await this.#database.run<{ sid: string }>(FIND_VALIDATION, values.slice(1, 5));
    return { sid: sent?.sid ?? sid, wantsMail: false };
  }

  async recordSent(sid: string, sendAttempt: number): Promise<void> {
    await this.#database.run(RECORD_SENT, [sid, sendAttempt]);
  }

  async validateEmail(sid: string, tokenHash: Buffer): Promise<{ nextLink: string | undefined } | undefined> {
    const [row] = await this.#database.run<{ next_link: string | null }>(VALIDATE_EMAIL, [sid, tokenHash]);
    return row && { nextLink: row.next_link ?? undefined };
  }

  async findValidated(serverName: string, sid: string, clientSecretHash: Buffer): Promise<Threepid | undefined> {
    const values = [serverName, sid, clientSecretHash];
    const [row] = await this.#database.run<{ address: string; validated_at: Date }>(FIND_VALIDATED, values);
    return row && { medium: 'email', address: row.address, validatedAt: row.validated_at.getTime() };
  }
}

/** Changes nothing, and returns nothing, where a mail was sent for this attempt. What has expired begins anew. */
const START_VALIDATION: Statement = {
  name: 'start_email_validation',
  text: `insert into email_validations as v
           (sid, server_name, purpose, address, client_secret_hash, token_hash, next_link, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8::float8 / 1000))
         on conflict (server_name, purpose, address, client_secret_hash) do update
            set token_hash = excluded.token_hash, next_link = excluded.next_link, expires_at = excluded.expires_at,
                sid = case when v.expires_at < now() then excluded.sid else v.sid end,
                validated_at = case when v.expires_at < now() then null else v.validated_at end,
                sent_attempt = case when v.expires_at < now() then null else v.sent_attempt end
          where v.expires_at < now() or coalesce(v.sent_attempt < $9::bigint, true)
         returning sid`,
};
const FIND_VALIDATION: Statement = {
  name: 'find_email_validation',
  text: `select sid from email_validations
          where server_name = $1 and purpose = $2 and address = $3 and client_secret_hash = $4`,
};
const RECORD_SENT: Statement = {
  name: 'record_sent_email',
  text: 'update email_validations set sent_attempt = greatest(sent_attempt, $2::bigint) where sid = $1',
};
const VALIDATE_EMAIL: Statement = {
  name: 'validate_email',
  text: `update email_validations set validated_at = coalesce(validated_at, now())
          where sid = $1 and token_hash = $2 and expires_at > now() returning next_link`,
};
const FIND_VALIDATED: Statement = {
  name: 'find_validated_email',
  text: `select address, validated_at from email_validations
          where server_name = $1 and sid = $2 and client_secret_hash = $3 and validated_at is not null
            and expires_at > now()`,
};
