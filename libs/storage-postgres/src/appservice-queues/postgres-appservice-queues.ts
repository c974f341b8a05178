import type {
  AppserviceItem,
  AppserviceQueueChange,
  AppserviceQueueReader,
  AppserviceQueueRecord,
  AppserviceQueueTransactor,
  AppserviceShardEpoch,
  AppserviceTransactionRecord,
} from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Parameter, Statement } from '../postgres/statement.ts';
import { kindOfNumber } from './item-kinds.ts';
import { QUEUE_COLUMNS, toQueueRecord } from './queue-row.ts';
import type { QueueRow } from './queue-row.ts';

/** Queues of application services in Postgres, for the owners of their shards. A change is one statement. */
export class PostgresAppserviceQueues implements AppserviceQueueTransactor, AppserviceQueueReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async takeOver(shards: readonly number[], ownerAddress: string): Promise<AppserviceShardEpoch[]> {
    return this.#database.run<AppserviceShardEpoch>(TAKE_OVER, [int4Array(shards), ownerAddress]);
  }

  async release(shards: readonly AppserviceShardEpoch[]): Promise<void> {
    const numbers = int4Array(shards.map(({ shard }) => shard));
    await this.#database.run(RELEASE, [numbers, int8Array(shards.map(({ epoch }) => epoch))]);
  }

  async openQueues({ shard, epoch }: AppserviceShardEpoch, appserviceIds: readonly string[]): Promise<void> {
    await this.#database.run(OPEN_QUEUES, [shard, epoch, textArray(appserviceIds)]);
  }

  async store(owned: AppserviceShardEpoch, change: AppserviceQueueChange): Promise<'stored' | 'fenced'> {
    const [row] = await this.#database.run<{ version: number }>(STORE, valuesOf(owned, change));
    return row === undefined ? this.#whyNot(owned, change) : 'stored';
  }

  async forgetSent(
    appserviceId: string,
    { forMs, items, atOnce }: { readonly forMs: number; readonly items: number; readonly atOnce: number },
  ): Promise<number> {
    return (await this.#database.run(FORGET_SENT, [appserviceId, forMs, items, atOnce])).length;
  }

  async removeQueue({ shard, epoch }: AppserviceShardEpoch, appserviceId: string): Promise<boolean> {
    const removed = await this.#database.run(REMOVE_ITEMS, [shard, epoch, appserviceId, REMOVED_AT_ONCE]);
    if (removed.length > 0) return false;
    await this.#database.run(REMOVE_QUEUE, [shard, epoch, appserviceId]);
    return true;
  }

  async listShardOwners(): Promise<Map<number, string>> {
    const rows = await this.#database.run<{ shard: number; owner_address: string }>(LIST_OWNERS);
    return new Map(rows.map((row) => [row.shard, row.owner_address]));
  }

  async listQueues(shards: readonly number[]): Promise<AppserviceQueueRecord[]> {
    return (await this.#database.run<QueueRow>(LIST_QUEUES, [int4Array(shards)])).map(toQueueRecord);
  }

  async listTransactions(shards: readonly number[]): Promise<AppserviceTransactionRecord[]> {
    return (await this.#database.run<TransactionRow>(LIST_TRANSACTIONS, [int4Array(shards)])).map(toTransaction);
  }

  async listItems(appserviceId: string, after: number, limit: number): Promise<AppserviceItem[]> {
    return (await this.#database.run<ItemRow>(LIST_ITEMS, [appserviceId, after, limit])).map(toItem);
  }

  /** The same change may have been stored before: then its outcome was lost. */
  async #whyNot(
    { shard, epoch }: AppserviceShardEpoch,
    { queue }: AppserviceQueueChange,
  ): Promise<'stored' | 'fenced'> {
    const [row] = await this.#database.run<{ version: number }>(READ_VERSION, [shard, epoch, queue.appserviceId]);
    return row?.version === queue.version + 1 ? 'stored' : 'fenced';
  }
}

function valuesOf(
  { shard, epoch }: AppserviceShardEpoch,
  { queue, hasEnded = false, begun }: AppserviceQueueChange,
): Parameter[] {
  return [
    shard,
    epoch,
    queue.appserviceId,
    queue.version,
    queue.takenSeq,
    queue.isPaused,
    queue.failures,
    queue.dueInMs,
    queue.failingSince,
    queue.lastError,
    queue.lastSentAt,
    // @NOTE One statement may not change a row twice: what begins takes the place of what ends.
    hasEnded && begun === undefined,
    begun?.transactionId,
    begun?.afterSeq,
    begun?.upToSeq,
    begun?.events,
    begun?.ephemeral,
    begun?.toDevice,
    begun?.body,
  ];
}

interface TransactionRow {
  readonly appservice_id: string;
  readonly transaction_id: string;
  readonly after_seq: number;
  readonly up_to_seq: number;
  readonly events: number;
  readonly ephemeral: number;
  readonly to_device: number;
  readonly body: Buffer;
}

function toTransaction(row: TransactionRow): AppserviceTransactionRecord {
  return {
    appserviceId: row.appservice_id,
    transactionId: row.transaction_id,
    afterSeq: row.after_seq,
    upToSeq: row.up_to_seq,
    events: row.events,
    ephemeral: row.ephemeral,
    toDevice: row.to_device,
    body: row.body,
  };
}

interface ItemRow {
  readonly seq: number;
  readonly kind: number;
  readonly room_shard: number | null;
  readonly room_nid: number | null;
  readonly room_version: string | null;
  readonly event_nid: number | null;
  readonly payload: string | null;
  readonly previous_root: number | null;
  readonly current_root: number | null;
}

function toItem(row: ItemRow): AppserviceItem {
  const { event_nid: eventNid, previous_root: previousRoot, current_root: currentRoot } = row;
  const room = { roomShard: row.room_shard ?? 0, roomNid: row.room_nid ?? 0, roomVersion: row.room_version ?? '' };
  return {
    seq: row.seq,
    kind: kindOfNumber(row.kind),
    ...(eventNid !== null && { event: { ...room, eventNid } }),
    ...(row.payload !== null && { payload: row.payload }),
    ...(currentRoot !== null && { sharing: { ...room, previousRoot: previousRoot ?? undefined, currentRoot } }),
  };
}

const REMOVED_AT_ONCE = 5_000;

const TAKE_OVER: Statement = {
  name: 'take-over-appservice-shards',
  text: `insert into appservice_shards (shard, epoch, owner_address)
         select shard, 1, $2 from unnest($1::int[]) as s (shard) order by shard
         on conflict (shard) do update set epoch = appservice_shards.epoch + 1, owner_address = excluded.owner_address
         returning shard, epoch`,
};

const RELEASE: Statement = {
  name: 'release-appservice-shards',
  text: `update appservice_shards set owner_address = null
          where (shard, epoch) in (select * from unnest($1::int[], $2::bigint[]))`,
};

/** Whoever takes the shard over waits for the end of what holds its row. */
const OURS = `ours as (select shard from appservice_shards where shard = $1 and epoch = $2 for share)`;

const OPEN_QUEUES: Statement = {
  name: 'open-appservice-queues',
  text: `with ${OURS}
         insert into appservice_queues (appservice_id, shard)
         select q.appservice_id, ours.shard from unnest($3::text[]) as q (appservice_id), ours order by q.appservice_id
         on conflict (appservice_id) do nothing`,
};

const STORE: Statement = {
  name: 'store-appservice-queue',
  text: `with ${OURS}, changed as (
           update appservice_queues q set version = q.version + 1, taken_seq = $5::bigint, is_paused = $6::boolean,
             failures = $7::int, due_at = now() + make_interval(secs => $8::float8 / 1000), failing_since = $9::bigint,
             last_error = $10::text, last_sent_at = $11::bigint
           from ours where q.appservice_id = $3 and q.version = $4::bigint returning q.version
         ), ended as (
           delete from appservice_transactions where appservice_id = $3 and $12::boolean
             and exists (select from changed)
         ), begun as (
           insert into appservice_transactions (appservice_id, transaction_id, after_seq, up_to_seq, events, ephemeral,
             to_device, body)
           select $3, $13::text, $14::bigint, $15::bigint, $16::int, $17::int, $18::int, $19::bytea from changed
            where $13::text is not null
           on conflict (appservice_id) do update set transaction_id = excluded.transaction_id,
             after_seq = excluded.after_seq, up_to_seq = excluded.up_to_seq, events = excluded.events,
             ephemeral = excluded.ephemeral, to_device = excluded.to_device, body = excluded.body
         )
         select version from changed`,
};

const READ_VERSION: Statement = {
  name: 'read-appservice-queue-version',
  text: `select q.version from appservice_queues q join appservice_shards s on s.shard = q.shard
         where s.shard = $1 and s.epoch = $2 and q.appservice_id = $3`,
};

/** The oldest first: what is looked at ends with the first that stays. */
const FORGET_SENT: Statement = {
  name: 'forget-sent-appservice-items',
  text: `with queue as (
           select coalesce(t.after_seq, q.taken_seq) as sent from appservice_queues q
             left join appservice_transactions t on t.appservice_id = q.appservice_id where q.appservice_id = $1
         ), oldest as (
           select i.seq, i.appended_at from appservice_items i, queue
            where i.appservice_id = $1 and i.seq <= queue.sent order by i.seq limit $4
         )
         delete from appservice_items i using queue, oldest o
          where i.appservice_id = $1 and i.seq = o.seq
            and (o.appended_at < now() - make_interval(secs => $2::float8 / 1000) or o.seq <= queue.sent - $3::bigint)
         returning 1`,
};

const REMOVE_ITEMS: Statement = {
  name: 'remove-appservice-items',
  text: `with ${OURS}
         delete from appservice_items where appservice_id = $3 and seq in (
           select seq from appservice_items where appservice_id = $3 order by seq limit $4)
           and exists (select from ours) returning 1`,
};

const REMOVE_QUEUE: Statement = {
  name: 'remove-appservice-queue',
  text: `with ${OURS}, transactions as (
           delete from appservice_transactions where appservice_id = $3 and exists (select from ours)
         ), streams as (
           delete from appservice_streams where appservice_id = $3 and exists (select from ours)
         ), members as (
           delete from appservice_members where appservice_id = $3 and exists (select from ours)
         ), projections as (
           delete from appservice_projections where appservice_id = $3 and exists (select from ours)
         ), inboxes as (
           delete from appservice_inboxes where appservice_id = $3 and exists (select from ours)
         )
         delete from appservice_queues where appservice_id = $3 and exists (select from ours)`,
};

const LIST_OWNERS: Statement = {
  name: 'list-appservice-shard-owners',
  text: 'select shard, owner_address from appservice_shards where owner_address is not null',
};

const LIST_QUEUES: Statement = {
  name: 'list-appservice-queues',
  text: `select ${QUEUE_COLUMNS} from appservice_queues q where q.shard = any($1::int[])`,
};

const LIST_TRANSACTIONS: Statement = {
  name: 'list-appservice-transactions',
  text: `select t.* from appservice_transactions t join appservice_queues q on q.appservice_id = t.appservice_id
         where q.shard = any($1::int[])`,
};

const LIST_ITEMS: Statement = {
  name: 'list-appservice-items',
  text: `select seq, kind, room_shard, room_nid, room_version, event_nid, payload, previous_root, current_root
         from appservice_items where appservice_id = $1 and seq > $2 order by seq limit $3`,
};
