import type {
  AuthSession,
  AuthSessionRepository,
  CompletedStages,
  NewAuthSession,
  StageCompletion,
  StageOutcome,
} from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface SessionRow {
  readonly session_hash: Buffer;
  readonly server_name: string;
  readonly user_id: string | null;
  readonly operation_hash: Buffer;
  readonly completed: CompletedStages;
  readonly registered_user_id: string | null;
}

export class PostgresAuthSessions implements AuthSessionRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async addAuthSession(session: NewAuthSession, lifetimeMs: number): Promise<void> {
    const { sessionHash, serverName, userId, operationHash } = session;
    await this.#database.run(ADD_SESSION, [sessionHash, serverName, userId, operationHash, lifetimeMs]);
  }

  async findAuthSession(sessionHash: Buffer): Promise<AuthSession | undefined> {
    const [row] = await this.#database.run<SessionRow>(FIND_SESSION, [sessionHash]);
    return row && sessionOf(row);
  }

  /** The token's row is locked first: sessions that want its last use at once queue behind it, and count each other. */
  async completeStage(sessionHash: Buffer, completion: StageCompletion): Promise<StageOutcome> {
    const { stage, result, registrationToken } = completion;
    return this.#database.transaction(async (transaction) => {
      if (registrationToken !== undefined) {
        const values = [sessionHash, registrationToken];
        const locked = await transaction.run(LOCK_TOKEN, values);
        const valid = locked.length === 0 ? [] : await transaction.run(FIND_FREE_TOKEN, values);
        if (valid.length === 0) return { outcome: 'refused' };
      }
      const values = [sessionHash, JSON.stringify({ [stage]: result }), registrationToken];
      const [row] = await transaction.run<SessionRow>(COMPLETE_STAGE, values);
      return row === undefined ? { outcome: 'no-session' } : { outcome: 'completed', session: sessionOf(row) };
    });
  }

  async takeAuthSession(sessionHash: Buffer): Promise<boolean> {
    return (await this.#database.run(TAKE_SESSION, [sessionHash])).length === 1;
  }
}

function sessionOf(row: SessionRow): AuthSession {
  return {
    sessionHash: row.session_hash,
    serverName: row.server_name,
    userId: row.user_id ?? undefined,
    operationHash: row.operation_hash,
    completed: row.completed,
    registeredUserId: row.registered_user_id ?? undefined,
  };
}

const COLUMNS = 'session_hash, server_name, user_id, operation_hash, completed, registered_user_id';

const ADD_SESSION: Statement = {
  name: 'add_auth_session',
  text: `insert into auth_sessions (session_hash, server_name, user_id, operation_hash, expires_at)
         values ($1, $2, $3, $4, now() + make_interval(secs => $5::float8 / 1000))`,
};
const FIND_SESSION: Statement = {
  name: 'find_auth_session',
  text: `select ${COLUMNS} from auth_sessions where session_hash = $1 and expires_at > now()`,
};
const LOCK_TOKEN: Statement = {
  name: 'lock_registration_token',
  text: `select 1 from registration_tokens
          where (server_name, token) = ((select server_name from auth_sessions where session_hash = $1), $2::text)
            for no key update`,
};
/** A statement of its own: it must see what others committed while the lock was waited for. */
const FIND_FREE_TOKEN: Statement = {
  name: 'find_free_registration_token',
  text: `select 1 from registration_tokens t
          where (t.server_name, t.token) = ((select server_name from auth_sessions where session_hash = $1), $2::text)
            and coalesce(t.expires_at > now(), true)
            and (t.uses_allowed is null or t.uses_allowed > t.completed + (
                  select count(*) from auth_sessions s
                   where s.server_name = t.server_name and s.registration_token = t.token and s.session_hash <> $1
                     and s.registered_user_id is null and s.expires_at > now()))`,
};
const COMPLETE_STAGE: Statement = {
  name: 'complete_auth_stage',
  text: `update auth_sessions
            set completed = completed || $2::jsonb, registration_token = coalesce($3, registration_token)
          where session_hash = $1 and expires_at > now() returning ${COLUMNS}`,
};
const TAKE_SESSION: Statement = {
  name: 'take_auth_session',
  text: 'delete from auth_sessions where session_hash = $1 returning 1',
};
