import type { AppserviceQueueState, AppserviceQueueStates } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { QUEUE_COLUMNS, toQueueRecord } from './queue-row.ts';
import type { QueueRow } from './queue-row.ts';

interface StateRow extends QueueRow {
  readonly last_seq: number;
  readonly first_seq: number | null;
  readonly backlog: number;
  readonly oldest_age_ms: number | null;
  readonly transaction_id: string | null;
}

export class PostgresAppserviceQueueStates implements AppserviceQueueStates {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listStates(): Promise<AppserviceQueueState[]> {
    return (await this.#database.run<StateRow>(LIST_STATES)).map(toState);
  }

  async listBusy(): Promise<AppserviceQueueState[]> {
    return (await this.#database.run<StateRow>(LIST_BUSY)).map(toState);
  }

  async findState(appserviceId: string): Promise<AppserviceQueueState | undefined> {
    const [row] = await this.#database.run<StateRow>(FIND_STATE, [appserviceId]);
    return row && toState(row);
  }

  async findOwner(shard: number): Promise<string | undefined> {
    const [row] = await this.#database.run<{ owner_address: string | null }>(FIND_OWNER, [shard]);
    return row?.owner_address ?? undefined;
  }

  async listOwners(): Promise<string[]> {
    const rows = await this.#database.run<{ owner_address: string }>(LIST_OWNERS);
    return rows.map((row) => row.owner_address);
  }
}

function toState(row: StateRow): AppserviceQueueState {
  return {
    ...toQueueRecord(row),
    lastSeq: row.last_seq,
    firstSeq: row.first_seq ?? undefined,
    backlog: row.backlog,
    oldestAgeMs: row.oldest_age_ms ?? undefined,
    transactionId: row.transaction_id ?? undefined,
  };
}

const STATES = `select ${QUEUE_COLUMNS}, coalesce(s.last_seq, 0)::bigint as last_seq,
    (select min(i.seq) from appservice_items i where i.appservice_id = q.appservice_id) as first_seq,
    (coalesce(s.last_seq, 0) - coalesce(t.after_seq, q.taken_seq))::bigint as backlog,
    (select (extract(epoch from now() - i.appended_at) * 1000)::float8 from appservice_items i
      where i.appservice_id = q.appservice_id and i.seq > coalesce(t.after_seq, q.taken_seq)
      order by i.seq limit 1) as oldest_age_ms,
    t.transaction_id
  from appservice_queues q
  left join appservice_streams s on s.appservice_id = q.appservice_id
  left join appservice_transactions t on t.appservice_id = q.appservice_id`;

const LIST_STATES: Statement = {
  name: 'list-appservice-queue-states',
  text: `${STATES} order by q.appservice_id`,
};

/** What is costly of a state is read of these alone. */
const LIST_BUSY: Statement = {
  name: 'list-busy-appservice-queues',
  text: `${STATES}
  where coalesce(s.last_seq, 0) > coalesce(t.after_seq, q.taken_seq) or q.failures > 0 or q.is_paused`,
};

const FIND_STATE: Statement = {
  name: 'find-appservice-queue-state',
  text: `${STATES} where q.appservice_id = $1`,
};

const FIND_OWNER: Statement = {
  name: 'find-appservice-shard-owner',
  text: 'select owner_address from appservice_shards where shard = $1',
};

const LIST_OWNERS: Statement = {
  name: 'list-appservice-owners',
  text: 'select distinct owner_address from appservice_shards where owner_address is not null order by owner_address',
};
