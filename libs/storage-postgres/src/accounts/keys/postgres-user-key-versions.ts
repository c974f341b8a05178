import type { UserKeyVersionReader } from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';
import { EVERYBODY } from './device-list-changes.ts';

interface VersionRow {
  readonly user_id: string;
  readonly position: number | null;
  readonly names: string | null;
}

/** Whatever changes a user's keys records it as a change of their device list; names of devices do not, and are looked at. */
export class PostgresUserKeyVersions implements UserKeyVersionReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async findKeyVersions(userIds: readonly string[]): Promise<Map<string, string | undefined>> {
    if (userIds.length === 0) return new Map();
    const rows = await this.#database.run<VersionRow>(FIND_VERSIONS, [textArray(userIds), EVERYBODY]);
    return new Map(rows.map((row) => [row.user_id, versionOf(row)]));
  }
}

function versionOf({ position, names }: VersionRow): string | undefined {
  return position === null ? undefined : `${position} ${names ?? ''}`;
}

const FIND_VERSIONS: Statement = {
  name: 'find_user_key_versions',
  text: `select u.user_id, c.position, named.names from users u
         left join device_list_changes c on c.user_id = u.user_id and c.seen_by = $2
         left join lateral (
           select sum(hashtextextended(d.device_id || ' ' || d.display_name, 0))::text as names
             from devices d where d.user_id = u.user_id and d.display_name is not null and c.position is not null
         ) named on true
         where u.user_id = any($1::text[]) and u.deactivated_at is null`,
};
