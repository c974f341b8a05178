import type { UserActivityReader } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** Reads in Postgres of whom a device was seen within 30 days. */
export class PostgresUserActivity implements UserActivityReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async isActive(userId: string): Promise<boolean> {
    const [row] = await this.#database.run<{ is_active: boolean }>(IS_ACTIVE, [userId]);
    return row?.is_active === true;
  }

  async countActive(
    serverName: string,
    { except, most }: { readonly except: readonly string[]; readonly most: number },
  ): Promise<number> {
    const values = [serverName, textArray(except), most];
    const [row] = await this.#database.run<{ active: number }>(COUNT_ACTIVE, values);
    return row?.active ?? 0;
  }
}

function isSeen(userId: string): string {
  return `(exists (select from devices d where d.user_id = ${userId} and d.last_seen_at > now() - interval '30 days')
    or exists (select from synced_devices s where s.user_id = ${userId} and s.last_seen_at > now() - interval '30 days'))`;
}

const IS_ACTIVE: Statement = { name: 'is-user-active', text: `select ${isSeen('$1')} as is_active` };

/** It ends with the last that is asked for. */
const COUNT_ACTIVE: Statement = {
  name: 'count-active-users',
  text: `select count(*)::int as active from (
           select from users u where u.server_name = $1 and u.deactivated_at is null and not u.is_guest
              and u.registered_by is null and coalesce(u.user_type, '') not in ('support', 'bot')
              and u.user_id <> all($2::text[]) and ${isSeen('u.user_id')} limit $3) as active`,
};
