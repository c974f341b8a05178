import type { GoneNoticesRepository } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresGoneNotices implements GoneNoticesRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async removeGone(limit: number): Promise<number> {
    const counts = await Promise.all(
      [REMOVE_ROOMS, REMOVE_DELIVERIES, REMOVE_CHECKS].map((statement) => this.#database.run(statement, [limit])),
    );
    await this.#database.run(CANCEL_BROADCASTS);
    return counts.reduce((sum, rows) => sum + rows.length, 0);
  }
}

/** A user who is deactivated keeps their row; those of a removed server have none. */
const REMOVE_ROOMS: Statement = {
  name: 'remove_gone_notice_rooms',
  text: `delete from notice_rooms where user_id in (
           select r.user_id from notice_rooms r
            where not exists (select from users u where u.user_id = r.user_id) limit $1)
         returning 1`,
};
const REMOVE_DELIVERIES: Statement = {
  name: 'remove_gone_notice_deliveries',
  text: `delete from notice_deliveries where notice_id in (
           select d.notice_id from notice_deliveries d
            where not exists (select from users u where u.user_id = d.user_id)
              and d.begun_at < now() - interval '1 day' limit $1)
         returning 1`,
};
const REMOVE_CHECKS: Statement = {
  name: 'remove_gone_notice_checks',
  text: `delete from notice_checks where user_id in (
           select c.user_id from notice_checks c
            where not exists (select from users u where u.user_id = c.user_id) limit $1)
         returning 1`,
};
const CANCEL_BROADCASTS: Statement = {
  name: 'cancel_gone_broadcasts',
  text: `update broadcasts set status = 'cancelled', changed_at = now(), finished_at = now()
          where finished_at is null and server_name not in (select server_name from hosted_servers)`,
};
