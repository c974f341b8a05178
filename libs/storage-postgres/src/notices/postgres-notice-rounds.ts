import type { NoticeRound, NoticeRoundRepository, RoundProgress } from '@plexus/storage';
import { int8Array } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface WalkedRow {
  readonly walked: number;
  readonly added: number;
  readonly last: string | null;
}

export class PostgresNoticeRounds implements NoticeRoundRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findFinished(versionNids: readonly number[]): Promise<number[]> {
    const rows = await this.#database.run<{ version_nid: number }>(FIND_FINISHED, [int8Array(versionNids)]);
    return rows.map((row) => row.version_nid);
  }

  advance({ versionNid, serverName }: NoticeRound, limit: number): Promise<RoundProgress> {
    return this.#database.transaction<RoundProgress>(async (transaction) => {
      await transaction.run(BEGIN_ROUND, [versionNid]);
      const [round] = await transaction.run<{ gone_to: string; is_finished: boolean }>(LOCK_ROUND, [versionNid]);
      if (round === undefined) return { outcome: 'elsewhere' };
      if (round.is_finished) return { outcome: 'finished', added: 0 };
      const [statement, values] =
        serverName === '' ? [WALK_ALL, [round.gone_to, limit]] : [WALK_SERVER, [round.gone_to, limit, serverName]];
      const [row] = await transaction.run<WalkedRow>(statement, values);
      if (row === undefined) throw new TypeError('The statement returned no row');
      const isFinished = row.walked < limit;
      await transaction.run(STORE_PROGRESS, [versionNid, row.last ?? round.gone_to, isFinished]);
      return { outcome: isFinished ? 'finished' : 'more', added: row.added };
    });
  }
}

const FIND_FINISHED: Statement = {
  name: 'find_finished_notice_rounds',
  text: 'select version_nid from notice_rounds where is_finished and version_nid = any($1::bigint[])',
};
const BEGIN_ROUND: Statement = {
  name: 'begin_notice_round',
  text: 'insert into notice_rounds (version_nid) values ($1) on conflict do nothing',
};
const LOCK_ROUND: Statement = {
  name: 'lock_notice_round',
  text: 'select gone_to, is_finished from notice_rounds where version_nid = $1 for update skip locked',
};
const STORE_PROGRESS: Statement = {
  name: 'store_notice_round',
  text: 'update notice_rounds set gone_to = $2, is_finished = $3 where version_nid = $1',
};
const WALK_ALL: Statement = { name: 'walk_users_of_notice_round', text: walkText('') };
const WALK_SERVER: Statement = {
  name: 'walk_server_users_of_notice_round',
  text: walkText('and u.server_name = $3'),
};

/** @NOTE A claim ends: who looked may have known an older version. In the order of the ids, as wherever checks are added. */
function walkText(condition: string): string {
  return `with walked as (
            select u.user_id, u.deactivated_at is null and u.registered_by is null as is_concerned from users u
             where u.user_id > $1 ${condition} order by u.user_id limit $2
          ), added as (
            insert into notice_checks (user_id)
            select w.user_id from walked w
             where w.is_concerned
               and (exists (select from devices d where d.user_id = w.user_id and d.last_seen_at > now() - interval '1 day')
                 or exists (select from synced_devices s where s.user_id = w.user_id and s.last_seen_at > now() - interval '1 day'))
             order by w.user_id
            on conflict (user_id) do update set claim = null
            returning 1
          )
          select (select count(*) from walked)::int as walked, (select count(*) from added)::int as added,
                 (select max(user_id) from walked) as last`;
}
