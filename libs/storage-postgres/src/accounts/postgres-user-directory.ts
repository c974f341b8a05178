import { serverNameOf } from '@plexus/matrix-base';
import type { FoundUser, UserDirectoryReader, UserSearch } from '@plexus/storage';
import { prefixQueryOf } from '../postgres/prefix-query.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface NearnessRow {
  readonly is_near: boolean;
  readonly public_rooms: readonly { readonly shard: number; readonly room_nid: number }[] | null;
}

interface FoundRow extends NearnessRow {
  readonly user_id: string;
  readonly displayname: string | null;
  readonly avatar_url: string | null;
}

export class PostgresUserDirectory implements UserDirectoryReader {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async searchUsers({ userId, words, openServer, limit }: UserSearch): Promise<FoundUser[]> {
    if (words.length === 0) return [];
    const values = [userId, prefixQueryOf(words), openServer, limit, serverNameOf(userId)];
    const rows = await this.#database.run<FoundRow>(SEARCH, values);
    return rows.map((row) => ({
      userId: row.user_id,
      displayName: row.displayname ?? undefined,
      avatarUrl: row.avatar_url ?? undefined,
      ...nearnessOf(row),
    }));
  }

  async findNearness(userId: string, otherId: string): Promise<Pick<FoundUser, 'isNear' | 'publicRooms'>> {
    const [row] = await this.#database.run<NearnessRow>(FIND_NEARNESS, [userId, otherId]);
    return row === undefined ? { isNear: false, publicRooms: [] } : nearnessOf(row);
  }
}

function nearnessOf({ is_near: isNear, public_rooms: rooms }: NearnessRow): Pick<FoundUser, 'isNear' | 'publicRooms'> {
  return { isNear, publicRooms: (rooms ?? []).map(({ shard, room_nid: roomNid }) => ({ shard, roomNid })) };
}

/** @NOTE The limits within keep what a short word costs bounded: so many users are looked at, and so many rooms of each. */
const SHARES_A_ROOM = `exists (
  select from user_rooms own join user_rooms theirs on theirs.room_id = own.room_id
  where own.user_id = $1 and own.membership = 'join' and theirs.user_id = u.user_id and theirs.membership = 'join')`;

const PUBLIC_ROOMS = `(
  select json_agg(json_build_object('shard', p.shard, 'room_nid', p.room_nid)) from (
    select s.shard, s.room_nid from user_rooms r join room_summaries s on s.room_id = r.room_id
    where r.user_id = u.user_id and r.membership = 'join' and s.is_public limit 20
  ) as p)`;

const SEARCH: Statement = {
  name: 'search_users',
  text: `select * from (
           select u.user_id, u.displayname, u.avatar_url, u.server_name,
             (coalesce(u.server_name = $3, false) or ${SHARES_A_ROOM}) as is_near, ${PUBLIC_ROOMS} as public_rooms
           from (
             select user_id, displayname, avatar_url, server_name from users
             where search_words @@ $2::tsquery and deactivated_at is null and user_id <> $1
               and coalesce(user_type, '') <> 'support' limit 2000
           ) as u
         ) as found
         where is_near or public_rooms is not null
         order by (displayname is not null or avatar_url is not null) desc, (server_name = $5) desc, user_id
         limit $4`,
};

const FIND_NEARNESS: Statement = {
  name: 'find_nearness',
  text: `select ${SHARES_A_ROOM} as is_near, ${PUBLIC_ROOMS} as public_rooms from (select $2::text as user_id) as u`,
};
