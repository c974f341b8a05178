import type { ConsentKeyReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** The key of each hosted server is made with its row. */
export class PostgresConsentKeys implements ConsentKeyReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findConsentKey(serverName: string): Promise<Buffer | undefined> {
    const [row] = await this.#database.run<{ consent_key: Buffer }>(FIND_KEY, [serverName]);
    return row?.consent_key;
  }
}

const FIND_KEY: Statement = {
  name: 'find_consent_key',
  text: 'select consent_key from hosted_servers where server_name = $1',
};
