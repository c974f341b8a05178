import type { EarlyReceipt, EarlyReceiptRepository } from '@plexus/storage';
import { int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface Row {
  readonly room_id: string;
  readonly user_id: string;
  readonly thread_id: string;
  readonly event_id: string;
  readonly origin: string;
  readonly set_at: number;
}

export class PostgresEarlyReceipts implements EarlyReceiptRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** @NOTE One statement must not touch a row twice: the last of a key stands for those before it. Rows are locked in the order of their keys. */
  async storeEarly(receipts: readonly EarlyReceipt[], keptForMs: number): Promise<void> {
    const latest = [...new Map(receipts.map((receipt) => [keyOf(receipt), receipt])).values()];
    const origins = textArray(latest.map(({ origin }) => origin));
    const times = int8Array(latest.map(({ setAt }) => setAt));
    await this.#database.run(STORE, [...columnsOf(latest), origins, times, keptForMs]);
  }

  async removeEarly(receipts: readonly EarlyReceipt[]): Promise<void> {
    await this.#database.run(REMOVE, columnsOf(receipts));
  }

  async takeAbandoned(most: number, keptForMs: number): Promise<EarlyReceipt[]> {
    const rows = await this.#database.run<Row>(TAKE, [most, keptForMs]);
    return rows.map((row) => ({
      roomId: row.room_id,
      userId: row.user_id,
      threadId: row.thread_id,
      eventId: row.event_id,
      origin: row.origin,
      setAt: row.set_at,
    }));
  }
}

function columnsOf(receipts: readonly EarlyReceipt[]): Buffer[] {
  return [
    textArray(receipts.map(({ roomId }) => roomId)),
    textArray(receipts.map(({ userId }) => userId)),
    textArray(receipts.map(({ threadId }) => threadId)),
    textArray(receipts.map(({ eventId }) => eventId)),
  ];
}

function keyOf({ roomId, userId, threadId }: EarlyReceipt): string {
  return JSON.stringify([roomId, userId, threadId]);
}

const COLUMNS = 'room_id, user_id, thread_id, event_id, origin, set_at';
const STORE: Statement = {
  name: 'store_early_receipts',
  text: `insert into early_receipts (${COLUMNS}, due_at)
         select ${COLUMNS}, now() + make_interval(secs => $7::float8 / 1000)
           from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) as r (${COLUMNS})
          order by room_id, user_id, thread_id
         on conflict (room_id, user_id, thread_id) do update
           set event_id = excluded.event_id, origin = excluded.origin, set_at = excluded.set_at, due_at = excluded.due_at`,
};
const REMOVE: Statement = {
  name: 'remove_early_receipts',
  text: `delete from early_receipts e using unnest($1::text[], $2::text[], $3::text[], $4::text[]) as r (room_id, user_id, thread_id, event_id)
          where e.room_id = r.room_id and e.user_id = r.user_id and e.thread_id = r.thread_id and e.event_id = r.event_id`,
};
const TAKE: Statement = {
  name: 'take_abandoned_early_receipts',
  text: `with taken as (select room_id, user_id, thread_id from early_receipts where due_at < now() order by due_at limit $1 for update skip locked)
         update early_receipts e set due_at = now() + make_interval(secs => $2::float8 / 1000)
           from taken t where e.room_id = t.room_id and e.user_id = t.user_id and e.thread_id = t.thread_id
         returning e.room_id, e.user_id, e.thread_id, e.event_id, e.origin, e.set_at`,
};
