import type {
  ServerAccounts,
  ServerUse,
  ServerUseCounter,
  ServerUseReader,
  ServerUseRecord,
  UsageCounts,
} from '@plexus/storage';
import { int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface AccountsRow {
  readonly server_name: string;
  readonly users: number;
  readonly guests: number;
  readonly bridged: number;
  readonly deactivated: number;
  readonly counts: UsageCounts | null;
  readonly counted_at: Date | null;
}

type UseRow = Readonly<Record<string, number>> & { readonly server_name: string };

export class PostgresServerUse implements ServerUseCounter, ServerUseReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** @NOTE In the order of the names, so that processes that add at the same time do not wait for each other in a circle. */
  async addUse(uses: ReadonlyMap<string, ServerUse>): Promise<void> {
    if (uses.size === 0) return;
    const sorted = [...uses].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const counts = KINDS.map((kind) => int8Array(sorted.map(([, use]) => use[kind])));
    await this.#database.run(ADD_USE, [textArray(sorted.map(([serverName]) => serverName)), ...counts]);
  }

  async findUse(serverNames: readonly string[]): Promise<ServerUseRecord[]> {
    if (serverNames.length === 0) return [];
    const rows = await this.#database.run<UseRow>(FIND_USE, [textArray(serverNames)]);
    return rows.map((row) => ({
      serverName: row.server_name,
      month: useOf(row, 'month'),
      total: useOf(row, 'total'),
    }));
  }

  async countAccounts(serverNames: readonly string[]): Promise<ServerAccounts[]> {
    const rows = await this.#database.run<AccountsRow>(COUNT_ACCOUNTS, [textArray(serverNames)]);
    return rows.map(({ server_name: serverName, counts, counted_at: countedAt, ...accounts }) => ({
      serverName,
      ...accounts,
      counted:
        counts === null || countedAt === null
          ? undefined
          : {
              at: countedAt.getTime(),
              monthlyActiveUsers: counts.monthlyActiveUsers,
              dailyActiveUsers: counts.dailyActiveUsers,
              rooms: counts.rooms,
            },
    }));
  }
}

/** In the order of the columns. */
const KINDS = [
  'requests',
  'receivedBytes',
  'sentBytes',
  'events',
  'eventBytes',
  'transactions',
  'sentEvents',
] as const satisfies readonly (keyof ServerUse)[];
const COLUMNS = ['requests', 'received_bytes', 'sent_bytes', 'events', 'event_bytes', 'transactions', 'sent_events'];

function useOf(row: UseRow, prefix: 'month' | 'total'): ServerUse {
  const count = (column: string): number => Number(row[`${prefix}_${column}`] ?? 0);
  return {
    requests: count('requests'),
    receivedBytes: count('received_bytes'),
    sentBytes: count('sent_bytes'),
    events: count('events'),
    eventBytes: count('event_bytes'),
    transactions: count('transactions'),
    sentEvents: count('sent_events'),
  };
}

const THIS_MONTH = `date_trunc('month', now() at time zone 'utc')::date`;

const ADD_USE: Statement = {
  name: 'add_server_use',
  text: `insert into server_use as u (server_name, month, ${COLUMNS.join(', ')})
         select n.server_name, ${THIS_MONTH}, ${COLUMNS.map((column) => `n.${column}`).join(', ')}
           from unnest($1::text[], ${COLUMNS.map((_, index) => `$${index + 2}::bigint[]`).join(', ')})
             as n (server_name, ${COLUMNS.join(', ')})
           join hosted_servers h on h.server_name = n.server_name
          order by n.server_name
         on conflict (server_name, month) do update
            set ${COLUMNS.map((column) => `${column} = u.${column} + excluded.${column}`).join(', ')}`,
};
const SUMS = COLUMNS.map(
  (column) => `coalesce(sum(${column}) filter (where month = ${THIS_MONTH}), 0)::bigint as month_${column},
               sum(${column})::bigint as total_${column}`,
);
const COUNT_ACCOUNTS: Statement = {
  name: 'count_server_accounts',
  text: `select n.server_name, c.counts, c.counted_at, count(u.user_id) filter (where deactivated_at is null and registered_by is null) as users,
                count(u.user_id) filter (where deactivated_at is null and is_guest) as guests,
                count(u.user_id) filter (where deactivated_at is null and registered_by is not null) as bridged,
                count(u.user_id) filter (where deactivated_at is not null) as deactivated
           from unnest($1::text[]) as n (server_name)
           left join users u on u.server_name = n.server_name and coalesce(u.user_type, '') not in ('support', 'bot')
           left join usage_counts c on c.server_name = n.server_name
          group by n.server_name, c.counts, c.counted_at order by n.server_name`,
};
const FIND_USE: Statement = {
  name: 'find_server_use',
  text: `select server_name, ${SUMS.join(', ')} from server_use
          where server_name = any($1::text[]) group by server_name order by server_name`,
};
