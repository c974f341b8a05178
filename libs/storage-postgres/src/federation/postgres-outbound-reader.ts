import type {
  DestinationRecord,
  OutboundReader,
  OutgoingEvent,
  OutgoingTransaction,
  QueueKey,
  QueueWithEdus,
  StoredEdu,
} from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Reads queues of destinations from Postgres. */
export class PostgresOutboundReader implements OutboundReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listShardOwners(): Promise<Map<number, string>> {
    const rows = await this.#database.run<{ shard: number; owner_address: string }>(LIST_OWNERS);
    return new Map(rows.map((row) => [row.shard, row.owner_address]));
  }

  async listOpenTransactions(shard: number): Promise<OutgoingTransaction[]> {
    return (await this.#database.run<TransactionRow>(LIST_OPEN, [shard])).map(toTransaction);
  }

  async findDestinations(shard: number, keys: readonly QueueKey[]): Promise<DestinationRecord[]> {
    const origins = textArray(keys.map(({ origin }) => origin));
    const destinations = textArray(keys.map(({ destination }) => destination));
    const rows = await this.#database.run<DestinationRow>(FIND_DESTINATIONS, [shard, origins, destinations]);
    return rows.map(toDestination);
  }

  async listDue(
    shards: readonly number[],
    limit: number,
  ): Promise<{ readonly shard: number; readonly record: DestinationRecord }[]> {
    const rows = await this.#database.run<DestinationRow & { shard: number }>(LIST_DUE, [int4Array(shards), limit]);
    return rows.map((row) => ({ shard: row.shard, record: toDestination(row) }));
  }

  async listPostponed(shard: number, { origin, destination }: QueueKey, limit: number): Promise<OutgoingEvent[]> {
    const rows = await this.#database.run<EventRow>(LIST_POSTPONED, [shard, origin, destination, limit]);
    return rows.map(toEvent);
  }

  async listEdus(
    shard: number,
    { origin, destination }: QueueKey,
    most: { readonly edus: number; readonly bytes: number },
  ): Promise<StoredEdu[]> {
    const rows = await this.#database.run<EduRow>(LIST_EDUS, [shard, origin, destination, most.edus, most.bytes]);
    return rows.map((row) => ({ eduNid: row.edu_nid, edu: row.edu }));
  }

  async listQueuesWithEdus(after: ReadonlyMap<number, number>): Promise<QueueWithEdus[]> {
    const rows = await this.#database.run<QueueKey & { shard: number; newest: number }>(LIST_QUEUES, [
      int4Array([...after.keys()]),
      int8Array([...after.values()]),
    ]);
    return rows.map(({ shard, origin, destination, newest }) => ({ shard, key: { origin, destination }, newest }));
  }
}

interface TransactionRow extends QueueKey {
  readonly transaction_id: string;
  readonly origin_server_ts: number;
  readonly is_catch_up: boolean;
  readonly pdus: OutgoingEvent[];
  readonly edus: string;
  readonly edu_nids: number[];
}

function toTransaction(row: TransactionRow): OutgoingTransaction {
  return {
    origin: row.origin,
    destination: row.destination,
    transactionId: row.transaction_id,
    originServerTs: row.origin_server_ts,
    isCatchUp: row.is_catch_up,
    events: row.pdus,
    edus: row.edus,
    eduNids: row.edu_nids,
  };
}

interface DestinationRow extends QueueKey {
  readonly taken_offset: number;
  readonly taken_incarnation: string;
  readonly is_behind: boolean;
  readonly due_in_ms: number | null;
  readonly retry_interval_ms: number;
  readonly retry_last_at: number;
  readonly failing_since: number | null;
  readonly last_sent_position: number | null;
}

function toDestination(row: DestinationRow): DestinationRecord {
  return {
    origin: row.origin,
    destination: row.destination,
    takenOffset: row.taken_offset,
    takenIncarnation: row.taken_incarnation,
    isBehind: row.is_behind,
    dueInMs: row.due_in_ms ?? undefined,
    retryIntervalMs: row.retry_interval_ms,
    retryLastAt: row.retry_last_at,
    failingSince: row.failing_since ?? undefined,
    lastSentPosition: row.last_sent_position ?? undefined,
  };
}

interface EventRow {
  readonly room_shard: number;
  readonly room_nid: number;
  readonly room_id: string;
  readonly event_nid: number;
  readonly position: number;
}

function toEvent(row: EventRow): OutgoingEvent {
  return {
    roomShard: row.room_shard,
    roomNid: row.room_nid,
    roomId: row.room_id,
    eventNid: row.event_nid,
    position: row.position,
  };
}

interface EduRow {
  readonly edu_nid: number;
  readonly edu: string;
}

const DESTINATION_COLUMNS = `d.origin, d.destination, d.taken_offset, d.taken_incarnation, d.is_behind,
  (extract(epoch from d.due_at - now()) * 1000)::float8 as due_in_ms, d.retry_interval_ms, d.retry_last_at,
  d.failing_since, d.last_sent_position`;

const LIST_OWNERS: Statement = {
  name: 'list-destination-shard-owners',
  text: 'select shard, owner_address from destination_shards where owner_address is not null',
};

const LIST_OPEN: Statement = {
  name: 'list-outgoing-transactions',
  text: `select origin, destination, transaction_id, origin_server_ts, is_catch_up, pdus, edus, edu_nids
         from outgoing_transactions where shard = $1`,
};

const FIND_DESTINATIONS: Statement = {
  name: 'find-destinations',
  text: `select ${DESTINATION_COLUMNS} from unnest($2::text[], $3::text[]) as k (origin, destination)
         join destinations d on d.shard = $1 and d.origin = k.origin and d.destination = k.destination`,
};

const LIST_DUE: Statement = {
  name: 'list-due-destinations',
  text: `select d.shard, ${DESTINATION_COLUMNS} from destinations d
         where d.shard = any($1::int[]) and d.due_at <= now() order by d.due_at limit $2`,
};

const LIST_POSTPONED: Statement = {
  name: 'list-postponed-events',
  text: `select room_shard, room_nid, room_id, event_nid, position from destination_rooms
         where shard = $1 and origin = $2 and destination = $3 order by room_shard, position limit $4`,
};

/** EDUs come as long as those before them fit, so that no more than one too many is sent. */
const LIST_EDUS: Statement = {
  name: 'list-outgoing-edus',
  text: `select edu_nid, edu from (
           select edu_nid, edu, sum(octet_length(edu)) over (order by edu_nid) - octet_length(edu) as before
             from (select edu_nid, edu from outgoing_edus
                    where shard = $1 and origin = $2 and destination = $3 order by edu_nid limit $4) as first) as page
          where before <= $5 order by edu_nid`,
};

const LIST_QUEUES: Statement = {
  name: 'list-queues-with-edus',
  text: `select e.shard, e.origin, e.destination, max(e.edu_nid) as newest
           from unnest($1::int[], $2::bigint[]) as s (shard, after)
           join outgoing_edus e on e.shard = s.shard and e.edu_nid > s.after
          group by e.shard, e.origin, e.destination`,
};
