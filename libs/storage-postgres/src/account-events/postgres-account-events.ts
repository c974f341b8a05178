import type { AccountEvent, AccountEventOutbox, SeenUserRepository, UnpublishedPartition } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { accountEventOf } from './account-event-row.ts';
import type { AccountEventRow } from './account-event-row.ts';
import { appendAccountEvents } from './append-account-events.ts';

interface PositionRow {
  readonly partition: number;
  readonly position: number;
}

/** The outbox of facts about accounts. */
export class PostgresAccountEvents implements AccountEventOutbox, SeenUserRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async readAccountEvents(partition: number, after: number, limit: number): Promise<AccountEvent[]> {
    return (await this.#database.run<AccountEventRow>(READ_EVENTS, [partition, after, limit])).map(accountEventOf);
  }

  async readAccountPositions(): Promise<ReadonlyMap<number, number>> {
    const rows = await this.#database.run<PositionRow>(READ_POSITIONS);
    return new Map(rows.map(({ partition, position }) => [partition, position]));
  }

  async leaseUnpublished(publisher: string, leaseMs: number): Promise<UnpublishedPartition[]> {
    return this.#database.run<UnpublishedPartition>(LEASE_UNPUBLISHED, [publisher, leaseMs]);
  }

  async storePublished(publisher: string, { partition, published }: UnpublishedPartition): Promise<boolean> {
    return (await this.#database.run(STORE_PUBLISHED, [publisher, partition, published])).length === 1;
  }

  async releaseLeases(publisher: string): Promise<void> {
    await this.#database.run(RELEASE_LEASES, [publisher]);
  }

  async removeOldEvents(olderThanMs: number): Promise<number> {
    return (await this.#database.run(REMOVE_OLD, [olderThanMs, REMOVED_AT_ONCE])).length;
  }

  async storeSeenUsers(userIds: readonly string[]): Promise<void> {
    const sorted = [...new Set(userIds)].toSorted();
    await this.#database.transaction(async (transaction) => {
      const rows = await transaction.run<{ user_id: string; day: string }>(STORE_SEEN, [textArray(sorted)]);
      const facts = rows.map(({ user_id: userId, day }) => ({ kind: 'seen', userId, day }) as const);
      await appendAccountEvents(transaction, facts);
    });
  }
}

const REMOVED_AT_ONCE = 10_000;

const READ_EVENTS: Statement = {
  name: 'read_account_events',
  text: `select partition, position, fact, occurred_at from account_events
          where partition = $1 and position > $2 order by position limit $3`,
};
const READ_POSITIONS: Statement = {
  name: 'read_account_positions',
  text: 'select partition, position from account_event_partitions',
};
const LEASE_UNPUBLISHED: Statement = {
  name: 'lease_unpublished_account_events',
  text: `update account_event_publications p
            set publisher = $1, leased_until = now() + make_interval(secs => $2::float8 / 1000)
           from account_event_partitions e
          where e.partition = p.partition and e.position > p.published
            and (p.publisher = $1 or p.leased_until is null or p.leased_until < now())
         returning p.partition, p.published`,
};
const STORE_PUBLISHED: Statement = {
  name: 'store_published_account_events',
  text: `update account_event_publications set published = greatest(published, $3)
          where publisher = $1 and partition = $2 returning 1`,
};
const RELEASE_LEASES: Statement = {
  name: 'release_account_event_leases',
  text: 'update account_event_publications set publisher = null, leased_until = null where publisher = $1',
};
const REMOVE_OLD: Statement = {
  name: 'remove_old_account_events',
  text: `delete from account_events where (partition, position) in (
           select e.partition, e.position from account_events e
             join account_event_publications p on p.partition = e.partition and e.position <= p.published
            where e.occurred_at < now() - make_interval(secs => $1::float8 / 1000) limit $2)
         returning 1`,
};
/** Users who are gone are not told of. */
const STORE_SEEN: Statement = {
  name: 'store_seen_users',
  text: `insert into seen_users as s (user_id, seen_at)
         select u.user_id, now() from users u where u.user_id = any($1::text[]) and u.deactivated_at is null order by u.user_id
         on conflict (user_id) do update set seen_at = excluded.seen_at
          where s.seen_at < now() - interval '1 hour'
         returning user_id, to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as day`,
};
