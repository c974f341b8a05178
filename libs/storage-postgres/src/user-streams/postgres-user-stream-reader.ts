import type { UserStreamReader } from '@plexus/storage';
import { int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface PositionRow {
  readonly user_id: string;
  readonly position: number;
}

/** Reads from Postgres where user streams stand. */
export class PostgresUserStreamReader implements UserStreamReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findPositions(userIds: readonly string[]): Promise<Map<string, number>> {
    return positionsOf(await this.#database.run<PositionRow>(FIND_POSITIONS, [textArray(userIds)]));
  }

  async findAdvanced(known: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    const values = [textArray([...known.keys()]), int8Array([...known.values()])];
    return positionsOf(await this.#database.run<PositionRow>(FIND_ADVANCED, values));
  }
}

function positionsOf(rows: readonly PositionRow[]): Map<string, number> {
  return new Map(rows.map(({ user_id, position }) => [user_id, position]));
}

const FIND_POSITIONS: Statement = {
  name: 'find_user_stream_positions',
  text: 'select user_id, position from user_streams where user_id = any($1::text[])',
};
const FIND_ADVANCED: Statement = {
  name: 'find_advanced_user_streams',
  text: `select s.user_id, s.position from unnest($1::text[], $2::bigint[]) as k (user_id, position)
           join user_streams s on s.user_id = k.user_id where s.position > k.position`,
};
