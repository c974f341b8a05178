import type { ListedCopy, NotedCopyQuery, RedactedCopyQuery, RedactedCopyReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface CopyRow {
  readonly shard: number;
  readonly event_nid: number;
  readonly room_id: string;
  readonly event_id: string;
  readonly noted_at: Date;
}

/** Reads redacted copies in all shards of one database of the rooms area. */
export class PostgresRedactedCopies implements RedactedCopyReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listRedactedCopies({ after, limit, roomId = '' }: RedactedCopyQuery): Promise<ListedCopy[]> {
    const values = [after?.shard ?? -1, after?.nid ?? 0, roomId, limit];
    return (await this.#database.run<CopyRow>(LIST_COPIES, values)).map(copyOf);
  }

  async listNotedCopies({ after, until, limit }: NotedCopyQuery): Promise<ListedCopy[]> {
    const values = [new Date(after), new Date(until), limit];
    return (await this.#database.run<CopyRow>(LIST_NOTED, values)).map(copyOf);
  }
}

function copyOf(row: CopyRow): ListedCopy {
  return {
    shard: row.shard,
    eventNid: row.event_nid,
    roomId: row.room_id,
    eventId: row.event_id,
    notedAt: row.noted_at.getTime(),
  };
}

const COPIES = `select c.shard, c.event_nid, r.room_id, e.event_id, c.noted_at
         from redacted_copies c
         join events e on e.shard = c.shard and e.event_nid = c.event_nid
         join rooms r on r.shard = c.shard and r.room_nid = c.room_nid`;
const UNEXPLAINED = 'not exists (select from redactions d where d.shard = c.shard and d.redacts_event_id = e.event_id)';
const LIST_COPIES: Statement = {
  name: 'list-redacted-copies',
  text: `${COPIES}
         where (c.shard, c.event_nid) > ($1, $2) and ($3::text = '' or r.room_id = $3)
           and ${UNEXPLAINED}
         order by c.shard, c.event_nid limit $4`,
};
const LIST_NOTED: Statement = {
  name: 'list-noted-copies',
  text: `${COPIES}
         where c.noted_at > $1 and c.noted_at <= $2 and ${UNEXPLAINED}
         order by c.noted_at desc limit $3`,
};
