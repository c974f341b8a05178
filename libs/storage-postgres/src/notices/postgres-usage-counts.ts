import type { NoticesTurns, ServerUsage, UsageCountRepository, UsageCounts } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface CountsRow {
  readonly server_name: string;
  readonly counts: UsageCounts;
  readonly counted_at: Date;
}

export class PostgresUsageCounts implements UsageCountRepository, NoticesTurns {
  readonly #database: PostgresDatabase;
  /** Turns of which this process knows that they have begun. */
  readonly #begun = new Set<string>();

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listCounts(): Promise<ServerUsage[]> {
    const rows = await this.#database.run<CountsRow>(LIST_COUNTS);
    return rows.map((row) => ({
      serverName: row.server_name,
      counts: row.counts,
      countedAt: row.counted_at.getTime(),
    }));
  }

  async count(): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction.run(COUNT_ALL);
      await transaction.run(REMOVE_OTHERS);
    });
  }

  async databaseVersion(): Promise<string> {
    const [row] = await this.#database.run<{ server_version: string }>(DATABASE_VERSION);
    return row?.server_version ?? '';
  }

  async takeTurn(
    name: string,
    { firstMs, everyMs }: { readonly firstMs: number; readonly everyMs: number },
  ): Promise<boolean> {
    if (!this.#begun.has(name)) await this.#database.run(BEGIN_TURNS, [name, firstMs]);
    this.#begun.add(name);
    return (await this.#database.run(TAKE_TURN, [name, everyMs])).length === 1;
  }
}

/** One pass over all users and what was seen of their devices, whatever the number of servers. */
const COUNT_ALL: Statement = {
  name: 'count_usage',
  text: `with seen as (
           select user_id, max(last_seen_at) as seen_at from (
             select user_id, last_seen_at from devices where last_seen_at > now() - interval '30 days'
             union all
             select user_id, last_seen_at from synced_devices where last_seen_at > now() - interval '30 days'
           ) as sightings group by user_id
         ), joined as (
           select u.server_name, count(distinct r.room_id) as rooms from user_rooms r join users u on u.user_id = r.user_id
            where r.membership = 'join' group by u.server_name
         ), counted as (
           select u.server_name, count(*) as users,
             count(*) filter (where s.seen_at > now() - interval '1 day') as daily_active,
             count(*) filter (where u.registered_by is null) as nonbridged,
             count(*) filter (where s.seen_at is not null and not u.is_guest and u.registered_by is null) as monthly_active,
             count(*) filter (where u.created_at > now() - interval '1 day' and not u.is_guest and u.registered_by is null)
               as daily_native,
             count(*) filter (where u.created_at > now() - interval '1 day' and u.is_guest) as daily_guests,
             count(*) filter (where u.created_at > now() - interval '1 day' and u.registered_by is not null) as daily_bridged
            from users u left join seen s on s.user_id = u.user_id
            where u.deactivated_at is null and coalesce(u.user_type, '') not in ('support', 'bot')
            group by u.server_name
         )
         insert into usage_counts (server_name, counts)
         select h.server_name, jsonb_build_object(
             'users', coalesce(c.users, 0), 'nonbridgedUsers', coalesce(c.nonbridged, 0),
             'dailyActiveUsers', coalesce(c.daily_active, 0), 'monthlyActiveUsers', coalesce(c.monthly_active, 0),
             'dailyNative', coalesce(c.daily_native, 0), 'dailyGuests', coalesce(c.daily_guests, 0),
             'dailyBridged', coalesce(c.daily_bridged, 0),
             'rooms', coalesce(j.rooms, 0))
           from hosted_servers h left join counted c on c.server_name = h.server_name
           left join joined j on j.server_name = h.server_name
         on conflict (server_name) do update set counts = excluded.counts, counted_at = now()`,
};
const REMOVE_OTHERS: Statement = {
  name: 'remove_other_usage_counts',
  text: 'delete from usage_counts where server_name not in (select server_name from hosted_servers)',
};
const LIST_COUNTS: Statement = {
  name: 'list_usage_counts',
  text: 'select server_name, counts, counted_at from usage_counts order by server_name',
};
const DATABASE_VERSION: Statement = { name: 'show_server_version', text: 'show server_version' };
const BEGIN_TURNS: Statement = {
  name: 'begin_notices_turns',
  text: `insert into notices_turns (name, next_at) values ($1, now() + make_interval(secs => $2::float8 / 1000))
         on conflict (name) do nothing`,
};
const TAKE_TURN: Statement = {
  name: 'take_notices_turn',
  text: `update notices_turns set next_at = now() + make_interval(secs => $2::float8 / 1000)
          where name = $1 and next_at <= now() returning 1`,
};
