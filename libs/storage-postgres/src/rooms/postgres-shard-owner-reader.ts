import type { ShardOwnerReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresShardOwnerReader implements ShardOwnerReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findOwnerAddress(shard: number): Promise<string | undefined> {
    const [row] = await this.#database.run<{ owner_address: string | null }>(FIND_OWNER_ADDRESS, [shard]);
    return row?.owner_address ?? undefined;
  }
}

const FIND_OWNER_ADDRESS: Statement = {
  name: 'find-owner-address',
  text: 'select owner_address from room_shards where shard = $1',
};
