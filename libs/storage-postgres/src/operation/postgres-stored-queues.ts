import { MOST_COUNTED } from '@plexus/storage';
import type { StoredQueue, StoredQueueDepth, StoredQueueReader } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface DepthRow {
  readonly queue: StoredQueue;
  readonly items: number;
  readonly oldest_seconds: number | null;
}

/** Counts what waits in tables of both areas, for metrics. */
export class PostgresStoredQueues implements StoredQueueReader {
  readonly #rooms: PostgresDatabase;
  readonly #accounts: PostgresDatabase;

  constructor({ rooms, accounts }: { readonly rooms: PostgresDatabase; readonly accounts: PostgresDatabase }) {
    this.#rooms = rooms;
    this.#accounts = accounts;
  }

  async readStoredQueues(): Promise<StoredQueueDepth[]> {
    const [rooms, accounts] = await Promise.all([
      this.#rooms.run<DepthRow>(READ_ROOM_QUEUES),
      this.#accounts.run<DepthRow>(READ_ACCOUNT_QUEUES),
    ]);
    return [...rooms, ...accounts].map(({ queue, items, oldest_seconds: seconds }) => ({
      queue,
      items: Number(items),
      oldestSeconds: seconds ?? undefined,
    }));
  }
}

/** Items that wait, of which no more than some are looked at; `since` is null where nobody wrote down since when they do. */
function depthOf(queue: StoredQueue, since: string, from: string): string {
  return `select '${queue}' as queue, count(*)::integer as items,
                 extract(epoch from now() - min(since))::double precision as oldest_seconds
            from (select ${since} as since from ${from} limit ${MOST_COUNTED}) as waiting`;
}

const NO_TIME = 'null::timestamptz';

const READ_ROOM_QUEUES: Statement = {
  name: 'read_room_queues',
  text: [
    depthOf('dead-letters', 'set_aside_at', 'dead_letters'),
    depthOf('parked-pdus', 'parked_at', 'parked_pdus'),
    depthOf('removed-rooms', 'removed_at', 'removed_rooms'),
  ].join(' union all '),
};

const READ_ACCOUNT_QUEUES: Statement = {
  name: 'read_account_queues',
  text: [
    depthOf(
      'account-events',
      'e.occurred_at',
      `account_event_publications p join account_events e on e.partition = p.partition and e.position > p.published`,
    ),
    depthOf('account-deactivations', 'started_at', 'account_deactivations'),
    depthOf('admin-jobs', 'created_at', 'admin_jobs where finished_at is null'),
    depthOf(
      'broadcast-recipients',
      NO_TIME,
      `broadcast_recipients r where r.outcome is null
          and exists (select from broadcasts b where b.broadcast_id = r.broadcast_id and b.status = 'active')`,
    ),
    depthOf('outgoing-edus', NO_TIME, 'outgoing_edus'),
    depthOf('server-removals', 'started_at', 'server_removals where finished_at is null'),
  ].join(' union all '),
};
