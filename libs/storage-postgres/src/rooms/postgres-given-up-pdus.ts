import type { GivenUpPdu, GivenUpPduQuery, GivenUpPduReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface GivenUpRow {
  readonly shard: number;
  readonly given_up_nid: number;
  readonly room_id: string;
  readonly event_id: string;
  readonly origin: string;
  readonly because: string;
  readonly given_up_at: Date;
}

/** Reads PDUs that were given up in all shards of one database of the rooms area. */
export class PostgresGivenUpPdus implements GivenUpPduReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listGivenUpPdus({ after, limit, roomId = '', origin = '' }: GivenUpPduQuery): Promise<GivenUpPdu[]> {
    const values = [after?.shard ?? -1, after?.nid ?? 0, roomId, origin, limit];
    const rows = await this.#database.run<GivenUpRow>(LIST_GIVEN_UP, values);
    return rows.map((row) => ({
      shard: row.shard,
      givenUpNid: row.given_up_nid,
      roomId: row.room_id,
      eventId: row.event_id,
      origin: row.origin,
      because: row.because,
      givenUpAt: row.given_up_at.getTime(),
    }));
  }
}

const LIST_GIVEN_UP: Statement = {
  name: 'list-given-up-pdus',
  text: `select shard, given_up_nid, room_id, event_id, origin, because, given_up_at from given_up_pdus
         where (shard, given_up_nid) > ($1, $2) and ($3::text = '' or room_id = $3) and ($4::text = '' or origin = $4)
         order by shard, given_up_nid limit $5`,
};
