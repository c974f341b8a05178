import type { ParkedPduReader } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresParkedPdus implements ParkedPduReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findParkedIds(shard: number, eventIds: readonly string[]): Promise<Set<string>> {
    if (eventIds.length === 0) return new Set();
    const rows = await this.#database.run<{ event_id: string }>(FIND_PARKED_IDS, [shard, textArray(eventIds)]);
    return new Set(rows.map((row) => row.event_id));
  }
}

const FIND_PARKED_IDS: Statement = {
  name: 'find-parked-ids',
  text: 'select event_id from parked_pdus where shard = $1 and event_id = any($2::text[])',
};
