import { randomUUID } from 'node:crypto';
import type { NoticeCheckRepository, TakenPosition } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresNoticeChecks implements NoticeCheckRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async addChecks(userIds: readonly string[], { partition, position }: TakenPosition): Promise<void> {
    const distinct = [...new Set(userIds)].toSorted();
    await this.#database.transaction(async (transaction) => {
      if (distinct.length > 0) await transaction.run(ADD_CHECKS, [textArray(distinct)]);
      await transaction.run(STORE_POSITION, [partition, position]);
    });
  }

  async addUnlimited(serverName: string, limit: number): Promise<void> {
    await this.#database.run(ADD_UNLIMITED, [serverName, limit]);
  }

  async findPosition(partition: number): Promise<number> {
    const [row] = await this.#database.run<{ position: number }>(FIND_POSITION, [partition]);
    return row?.position ?? 0;
  }

  async claimChecks(limit: number, claimMs: number): Promise<{ claim: string; userIds: readonly string[] }> {
    const claim = randomUUID();
    const rows = await this.#database.run<{ user_id: string }>(CLAIM_CHECKS, [claim, limit, claimMs]);
    return { claim, userIds: rows.map((row) => row.user_id) };
  }

  async finishChecks(claim: string, userIds: readonly string[]): Promise<void> {
    if (userIds.length > 0) await this.#database.run(FINISH_CHECKS, [claim, textArray(userIds)]);
  }
}

/** @NOTE In the order of the ids, so that two who add the same users wait for each other in one order. A claim ends: who looked may have seen too little. */
const ADD_CHECKS: Statement = {
  name: 'add_notice_checks',
  text: `insert into notice_checks (user_id) select unnest($1::text[])
         on conflict (user_id) do update set claim = null where notice_checks.claim is not null`,
};
const ADD_UNLIMITED: Statement = {
  name: 'add_unlimited_notice_checks',
  text: `insert into notice_checks (user_id)
         select u.user_id from users u
          where u.server_name = $1 and u.deactivated_at is null and u.registered_by is null
            and (exists (select from devices d where d.user_id = u.user_id and d.last_seen_at > now() - interval '1 day')
              or exists (select from synced_devices s where s.user_id = u.user_id and s.last_seen_at > now() - interval '1 day'))
            and not exists (select from notice_rooms r where r.user_id = u.user_id and r.limit_event_id is not null)
          order by u.user_id limit $2
         on conflict do nothing`,
};
/** @NOTE A partition has one reader, but for a moment two where it moves: the position never goes back. */
const STORE_POSITION: Statement = {
  name: 'store_notice_position',
  text: `insert into notice_positions (partition, position) values ($1, $2)
         on conflict (partition) do update set position = greatest(notice_positions.position, excluded.position)`,
};
const FIND_POSITION: Statement = {
  name: 'find_notice_position',
  text: 'select position from notice_positions where partition = $1',
};
const CLAIM_CHECKS: Statement = {
  name: 'claim_notice_checks',
  text: `update notice_checks set claim = $1, due_at = now() + make_interval(secs => $3::float8 / 1000)
          where user_id = any(array(select user_id from notice_checks where due_at <= now()
                                     order by due_at limit $2 for update skip locked))
         returning user_id`,
};
const FINISH_CHECKS: Statement = {
  name: 'finish_notice_checks',
  text: 'delete from notice_checks where user_id = any($2::text[]) and claim = $1',
};
