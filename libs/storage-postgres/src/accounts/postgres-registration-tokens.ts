import type {
  NewRegistrationToken,
  RegistrationToken,
  RegistrationTokenChange,
  RegistrationTokenRepository,
} from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface TokenRow {
  readonly token: string;
  readonly uses_allowed: number | null;
  readonly pending: number;
  readonly completed: number;
  readonly expires_at: Date | null;
}

export class PostgresRegistrationTokens implements RegistrationTokenRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async addRegistrationToken(serverName: string, token: NewRegistrationToken): Promise<boolean> {
    const values = [serverName, token.token, token.usesAllowed, dateOf(token.expiresAt)];
    return (await this.#database.run(ADD_TOKEN, values)).length === 1;
  }

  async findRegistrationToken(serverName: string, token: string): Promise<RegistrationToken | undefined> {
    const [row] = await this.#database.run<TokenRow>(FIND_TOKEN, [serverName, token]);
    return row && tokenOf(row);
  }

  async isRegistrationTokenValid(serverName: string, token: string): Promise<boolean> {
    return (await this.#database.run(FIND_VALID_TOKEN, [serverName, token])).length === 1;
  }

  async listRegistrationTokens(serverName: string, valid?: boolean): Promise<RegistrationToken[]> {
    return (await this.#database.run<TokenRow>(LIST_TOKENS, [serverName, valid])).map(tokenOf);
  }

  async changeRegistrationToken(
    serverName: string,
    token: string,
    { usesAllowed, expiresAt }: RegistrationTokenChange,
  ): Promise<RegistrationToken | undefined> {
    const values = [serverName, token, usesAllowed !== undefined, usesAllowed];
    await this.#database.run(CHANGE_TOKEN, [...values, expiresAt !== undefined, dateOf(expiresAt ?? undefined)]);
    return this.findRegistrationToken(serverName, token);
  }

  async removeRegistrationToken(serverName: string, token: string): Promise<boolean> {
    return (await this.#database.run(REMOVE_TOKEN, [serverName, token])).length === 1;
  }
}

function dateOf(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}

function tokenOf(row: TokenRow): RegistrationToken {
  return {
    token: row.token,
    usesAllowed: row.uses_allowed ?? undefined,
    pending: row.pending,
    completed: row.completed,
    expiresAt: row.expires_at?.getTime(),
  };
}

/** The tokens with their pending uses: those of sessions that may still register somebody. */
const COUNTED = `(
  select t.*, (select count(*) from auth_sessions s
                where s.server_name = t.server_name and s.registration_token = t.token
                  and s.registered_user_id is null and s.expires_at > now()) as pending
    from registration_tokens t) counted`;
const COLUMNS = 'token, uses_allowed, pending, completed, expires_at';
const IS_VALID = `(coalesce(expires_at > now(), true) and coalesce(uses_allowed > completed + pending, true))`;

const ADD_TOKEN: Statement = {
  name: 'add_registration_token',
  text: `insert into registration_tokens (server_name, token, uses_allowed, expires_at) values ($1, $2, $3, $4)
         on conflict (server_name, token) do nothing returning 1`,
};
const FIND_TOKEN: Statement = {
  name: 'find_registration_token',
  text: `select ${COLUMNS} from ${COUNTED} where server_name = $1 and token = $2`,
};
const FIND_VALID_TOKEN: Statement = {
  name: 'find_valid_registration_token',
  text: `select 1 from ${COUNTED} where server_name = $1 and token = $2 and ${IS_VALID}`,
};
const LIST_TOKENS: Statement = {
  name: 'list_registration_tokens',
  text: `select ${COLUMNS} from ${COUNTED} where server_name = $1 and ($2::boolean is null or ${IS_VALID} = $2)
          order by token`,
};
const CHANGE_TOKEN: Statement = {
  name: 'change_registration_token',
  text: `update registration_tokens
            set uses_allowed = case when $3::boolean then $4::bigint else uses_allowed end,
                expires_at = case when $5::boolean then $6::timestamptz else expires_at end
          where server_name = $1 and token = $2`,
};
const REMOVE_TOKEN: Statement = {
  name: 'remove_registration_token',
  text: 'delete from registration_tokens where server_name = $1 and token = $2 returning 1',
};
