import type { Receipt, ReceiptQuery, ReceiptReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';

/** Reads receipts from Postgres. */
export class PostgresReceiptReader implements ReceiptReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listReceipts({ shard, roomNid, userId, after, upTo, limit }: ReceiptQuery): Promise<Receipt[]> {
    const values = [shard, roomNid, after, upTo, userId, limit];
    const rows = await this.#database.run<ReceiptRow>(LIST_RECEIPTS, values);
    return rows.map(toReceipt);
  }
}

interface ReceiptRow {
  readonly user_id: string;
  readonly receipt_type: string;
  readonly thread_id: string;
  readonly event_id: string;
  readonly event_position: number;
  readonly set_at: number;
}

function toReceipt(row: ReceiptRow): Receipt {
  return {
    userId: row.user_id,
    receiptType: row.receipt_type,
    threadId: row.thread_id,
    eventId: row.event_id,
    eventPosition: row.event_position,
    setAt: row.set_at,
  };
}

const COLUMNS = 'user_id, receipt_type, thread_id, event_id, event_position, set_at, position';
const IN_RANGE = 'shard = $1 and room_nid = $2 and position > $3 and position <= $4';

const LIST_RECEIPTS = {
  name: 'list-receipts',
  text: `select * from (
           (select ${COLUMNS} from receipts where ${IN_RANGE} and receipt_type <> 'm.read.private' and user_id <> $5
            order by position desc limit $6)
           union all
           select ${COLUMNS} from receipts where ${IN_RANGE} and user_id = $5
         ) as found order by position desc`,
};
