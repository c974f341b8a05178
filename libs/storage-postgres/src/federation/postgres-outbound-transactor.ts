import type {
  DestinationShardEpoch,
  DestinationShardRecord,
  OutboundTransactor,
  OutboundWork,
  QueueChange,
  QueueKey,
} from '@plexus/storage';
import { int4Array, int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface ShardRow {
  readonly shard: number;
  readonly epoch: number;
  readonly step: number;
  readonly next_offset: number;
  readonly incarnation: string;
  readonly seen: Record<string, number>;
  readonly generation: number;
}

/**
 * Writes queues of destinations into Postgres. A unit of work is one statement: an owner that stops in the middle holds nobody up, and a
 * statement that arrives late finds the step of its shards gone by.
 */
export class PostgresOutboundTransactor implements OutboundTransactor {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async takeOver(shards: readonly number[], ownerAddress: string): Promise<DestinationShardRecord[]> {
    return (await this.#database.run<ShardRow>(TAKE_OVER, [int4Array(shards), ownerAddress])).map(toShardRecord);
  }

  async release(shards: readonly DestinationShardEpoch[]): Promise<void> {
    const numbers = int4Array(shards.map(({ shard }) => shard));
    await this.#database.run(RELEASE, [numbers, int8Array(shards.map(({ epoch }) => epoch))]);
  }

  async store(work: OutboundWork): Promise<'stored' | 'fenced'> {
    const [row] = await this.#database.run<{ is_stored: boolean }>(STORE, valuesOf(work));
    return row?.is_stored === true ? 'stored' : this.#whyNot(work);
  }

  /** The work of this step may have been stored before: then its outcome was lost. */
  async #whyNot({ shards }: OutboundWork): Promise<'stored' | 'fenced'> {
    const rows = await this.#database.run<ShardRow>(READ_SHARDS, [int4Array(shards.map(({ shard }) => shard))]);
    const found = new Map(rows.map((row) => [row.shard, row]));
    const isStored = shards.every(({ shard, epoch, step }) => {
      const row = found.get(shard);
      return row?.epoch === epoch && row.step === step + 1;
    });
    return isStored ? 'stored' : 'fenced';
  }
}

function toShardRecord(row: ShardRow): DestinationShardRecord {
  const { shard, epoch, step, next_offset: nextOffset, incarnation, seen, generation } = row;
  return { shard, epoch, step, progress: { nextOffset, incarnation, seen, generation } };
}

function valuesOf({ shards, changes }: OutboundWork): string[] {
  return [
    shards.map(({ shard, epoch, step, progress }) => ({
      shard,
      epoch,
      step,
      next_offset: progress?.nextOffset,
      incarnation: progress?.incarnation,
      seen: progress?.seen,
      generation: progress?.generation,
    })),
    changes.map(destinationOf),
    // @NOTE One statement may not change a row twice: what begins takes the place of what ends.
    changes.filter(({ begun, hasEnded }) => hasEnded === true && begun === undefined).map((change) => keyOf(change)),
    changes.flatMap(transactionOf),
    changes.flatMap((change) => (change.postponed ?? []).map((event) => eventOf(change, event))),
    changes.flatMap((change) => (change.caughtUp ?? []).map((event) => eventOf(change, event))),
    changes.flatMap((change) => (change.sentEduNids ?? []).map((eduNid) => ({ ...keyOf(change), edu_nid: eduNid }))),
  ].map((rows) => JSON.stringify(rows));
}

function keyOf({ shard, destination: { origin, destination } }: QueueChange): QueueKey & { readonly shard: number } {
  return { shard, origin, destination };
}

function destinationOf(change: QueueChange): object {
  const { destination } = change;
  return {
    ...keyOf(change),
    taken_offset: destination.takenOffset,
    taken_incarnation: destination.takenIncarnation,
    is_behind: destination.isBehind,
    due_in_ms: destination.dueInMs,
    retry_interval_ms: destination.retryIntervalMs,
    retry_last_at: destination.retryLastAt,
    failing_since: destination.failingSince,
    last_sent_position: destination.lastSentPosition,
  };
}

function transactionOf(change: QueueChange): object[] {
  const { begun } = change;
  if (begun === undefined) return [];
  return [
    {
      ...keyOf(change),
      transaction_id: begun.transactionId,
      origin_server_ts: begun.originServerTs,
      is_catch_up: begun.isCatchUp,
      pdus: begun.events,
      edus: begun.edus,
      edu_nids: begun.eduNids,
    },
  ];
}

function eventOf(
  change: QueueChange,
  { roomShard, roomNid, roomId, eventNid, position }: NonNullable<QueueChange['postponed']>[number],
): object {
  const event = { room_shard: roomShard, room_nid: roomNid, room_id: roomId, event_nid: eventNid, position };
  return { ...keyOf(change), ...event };
}

const SHARD_COLUMNS = 'shard, epoch, step, next_offset, incarnation, seen, generation';

const TAKE_OVER: Statement = {
  name: 'take-over-destination-shards',
  text: `insert into destination_shards (shard, epoch, owner_address)
         select shard, 1, $2 from unnest($1::int[]) as s (shard) order by shard
         on conflict (shard) do update set epoch = destination_shards.epoch + 1, owner_address = excluded.owner_address
         returning ${SHARD_COLUMNS}`,
};

const RELEASE: Statement = {
  name: 'release-destination-shards',
  text: `update destination_shards set owner_address = null
          where (shard, epoch) in (select * from unnest($1::int[], $2::bigint[]))`,
};

const READ_SHARDS: Statement = {
  name: 'read-destination-shards',
  text: `select ${SHARD_COLUMNS} from destination_shards where shard = any($1::int[])`,
};

const STORE: Statement = {
  name: 'store-outbound-work',
  text: `with asked as (
           select * from jsonb_to_recordset($1::jsonb) as a (shard int, epoch bigint, step bigint, next_offset bigint,
             incarnation text, seen jsonb, generation int)
         ), locked as (
           select s.shard from destination_shards s join asked a on a.shard = s.shard
            where s.epoch = a.epoch and s.step = a.step order by s.shard for no key update of s
         ), ours as (
           select (select count(*) from locked) = (select count(*) from asked) as yes
         ), advanced as (
           update destination_shards s set step = a.step + 1, next_offset = coalesce(a.next_offset, s.next_offset),
             incarnation = coalesce(a.incarnation, s.incarnation), seen = coalesce(a.seen, s.seen),
             generation = coalesce(a.generation, s.generation)
           from asked a where s.shard = a.shard and (select yes from ours)
         ), changed as (
           insert into destinations (shard, origin, destination, taken_offset, taken_incarnation, is_behind, due_at,
             retry_interval_ms, retry_last_at, failing_since, last_sent_position)
           select shard, origin, destination, taken_offset, taken_incarnation, is_behind,
             now() + make_interval(secs => due_in_ms / 1000), retry_interval_ms, retry_last_at, failing_since,
             last_sent_position
           from jsonb_to_recordset($2::jsonb) as d (shard int, origin text, destination text, taken_offset bigint,
             taken_incarnation text, is_behind boolean, due_in_ms float8, retry_interval_ms bigint, retry_last_at bigint,
             failing_since bigint, last_sent_position bigint)
           where (select yes from ours)
           on conflict (shard, origin, destination) do update set taken_offset = excluded.taken_offset,
             taken_incarnation = excluded.taken_incarnation, is_behind = excluded.is_behind, due_at = excluded.due_at,
             retry_interval_ms = excluded.retry_interval_ms, retry_last_at = excluded.retry_last_at,
             failing_since = excluded.failing_since, last_sent_position = excluded.last_sent_position
         ), ended as (
           delete from outgoing_transactions t
           using jsonb_to_recordset($3::jsonb) as e (shard int, origin text, destination text)
           where t.shard = e.shard and t.origin = e.origin and t.destination = e.destination and (select yes from ours)
         ), begun as (
           insert into outgoing_transactions (shard, origin, destination, transaction_id, origin_server_ts, is_catch_up,
             pdus, edus, edu_nids)
           select shard, origin, destination, transaction_id, origin_server_ts, is_catch_up, pdus, edus, edu_nids
           from jsonb_to_recordset($4::jsonb) as b (shard int, origin text, destination text, transaction_id text,
             origin_server_ts bigint, is_catch_up boolean, pdus jsonb, edus text, edu_nids bigint[])
           where (select yes from ours)
           on conflict (shard, origin, destination) do update set transaction_id = excluded.transaction_id,
             origin_server_ts = excluded.origin_server_ts, is_catch_up = excluded.is_catch_up, pdus = excluded.pdus,
             edus = excluded.edus, edu_nids = excluded.edu_nids
         ), postponed as (
           insert into destination_rooms (shard, origin, destination, room_shard, room_nid, room_id, event_nid, position)
           select shard, origin, destination, room_shard, room_nid, room_id, event_nid, position
           from jsonb_to_recordset($5::jsonb) as p (shard int, origin text, destination text, room_shard int,
             room_nid bigint, room_id text, event_nid bigint, position bigint)
           where (select yes from ours)
           on conflict (shard, origin, destination, room_shard, room_nid) do update
             set event_nid = excluded.event_nid, position = excluded.position
             where destination_rooms.position < excluded.position
         ), caught_up as (
           delete from destination_rooms r
           using jsonb_to_recordset($6::jsonb) as c (shard int, origin text, destination text, room_shard int,
             room_nid bigint, position bigint)
           where r.shard = c.shard and r.origin = c.origin and r.destination = c.destination
             and r.room_shard = c.room_shard and r.room_nid = c.room_nid and r.position <= c.position
             and (select yes from ours)
         ), sent as (
           delete from outgoing_edus o
           using jsonb_to_recordset($7::jsonb) as e (shard int, origin text, destination text, edu_nid bigint)
           where o.shard = e.shard and o.origin = e.origin and o.destination = e.destination and o.edu_nid = e.edu_nid
             and (select yes from ours)
         )
         select yes as is_stored from ours`,
};
