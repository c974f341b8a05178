import type { GenerationStart, RoomLogPositionReader } from '@plexus/storage';
import { readDeployment } from '../migrations/deployment.ts';
import { int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Reads from Postgres what a follower of the room log asks besides its rows. */
export class PostgresRoomLogPositions implements RoomLogPositionReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readGeneration(): Promise<number> {
    return (await readDeployment(this.#database)).generation;
  }

  readGenerationStarts(): Promise<GenerationStart[]> {
    return this.#database.run<GenerationStart>(READ_STARTS);
  }

  async readProjectedPositions(): Promise<number[]> {
    return (await this.#database.run<{ projected: number }>(READ_PROJECTED)).map(({ projected }) => projected);
  }

  async readLastPositions(shard: number, roomNids: readonly number[]): Promise<Map<number, number>> {
    if (roomNids.length === 0) return new Map();
    const rows = await this.#database.run<LastRow>(READ_LAST, [shard, int8Array(roomNids)]);
    return new Map(rows.map((row) => [row.room_nid, row.position]));
  }
}

interface LastRow {
  readonly room_nid: number;
  readonly position: number;
}

const READ_STARTS: Statement = {
  name: 'read-generation-starts',
  text: 'select generation, shard, position from generation_starts',
};

const READ_PROJECTED: Statement = {
  name: 'read-projected-positions',
  text: 'select projected from room_shards order by shard',
};

/** One look into the index per room. */
const READ_LAST: Statement = {
  name: 'read-last-positions',
  text: `select r.room_nid, l.position
         from unnest($2::bigint[]) as r (room_nid)
         cross join lateral (
           select position from room_log where shard = $1 and room_nid = r.room_nid order by position desc limit 1
         ) l`,
};
