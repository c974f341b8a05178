import type { ResidencyReader, ResidentInterval } from '@plexus/storage';
import { int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Reads from Postgres which servers were in rooms, and when. */
export class PostgresResidencyReader implements ResidencyReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readIntervals(
    shard: number,
    roomNids: readonly number[],
  ): Promise<{ readonly position: number; readonly rooms: Map<number, ResidentInterval[]> }> {
    const rows = await this.#database.run<IntervalRow>(READ_INTERVALS, [shard, int8Array(roomNids)]);
    const rooms = new Map<number, ResidentInterval[]>(roomNids.map((roomNid) => [roomNid, []]));
    for (const row of rows) {
      if (row.room_nid === null) continue;
      const { server_name: serverName, is_resident: isResident, joined_at: joinedAt } = row;
      const { left_at: leftAt, left_before: leftBefore } = row;
      rooms.get(row.room_nid)?.push({ serverName, isResident, joinedAt, leftAt, leftBefore });
    }
    return { position: rows[0]?.position ?? 0, rooms };
  }
}

interface IntervalRow {
  readonly position: number;
  readonly room_nid: number | null;
  readonly server_name: string;
  readonly is_resident: boolean;
  readonly joined_at: number;
  readonly left_at: number;
  readonly left_before: number;
}

/** One snapshot; the shard's position comes alone where the rooms have nobody. */
const READ_INTERVALS: Statement = {
  name: 'read-residency-intervals',
  text: `select s.position, r.room_nid, r.server_name, r.joined_count > 0 as is_resident, r.joined_at, r.left_at, r.left_before
         from room_shards s
         left join room_servers r on r.shard = s.shard and r.room_nid = any($2::bigint[])
         where s.shard = $1`,
};
