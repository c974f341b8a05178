import type { ShortLivedToken, ShortLivedTokenRepository, TokenPurpose } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface TokenRow {
  readonly user_id: string | null;
}

export class PostgresShortLivedTokens implements ShortLivedTokenRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async addToken({ purpose, tokenHash, userId }: ShortLivedToken, lifetimeMs: number): Promise<void> {
    await this.#database.run(ADD_TOKEN, [purpose, tokenHash, userId, lifetimeMs]);
  }

  async findTokenUser(purpose: TokenPurpose, tokenHash: Buffer): Promise<string | undefined> {
    const [row] = await this.#database.run<TokenRow>(FIND_TOKEN, [purpose, tokenHash]);
    return row?.user_id ?? undefined;
  }

  async takeToken(purpose: TokenPurpose, tokenHash: Buffer): Promise<ShortLivedToken | undefined> {
    const [row] = await this.#database.run<TokenRow>(TAKE_TOKEN, [purpose, tokenHash]);
    return row && { purpose, tokenHash, userId: row.user_id ?? undefined };
  }
}

const ADD_TOKEN: Statement = {
  name: 'add_short_lived_token',
  text: `insert into short_lived_tokens (purpose, token_hash, user_id, expires_at)
         values ($1, $2, $3, now() + make_interval(secs => $4::float8 / 1000))`,
};
const FIND_TOKEN: Statement = {
  name: 'find_short_lived_token',
  text: 'select user_id from short_lived_tokens where purpose = $1 and token_hash = $2 and expires_at > now()',
};
const TAKE_TOKEN: Statement = {
  name: 'take_short_lived_token',
  text: `delete from short_lived_tokens where purpose = $1 and token_hash = $2 and expires_at > now()
         returning user_id`,
};
