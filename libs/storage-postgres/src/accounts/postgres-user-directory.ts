import { serverNameOf } from '@plexus/matrix-base';
import type { FoundUser, Nearness, UserDirectoryReader, UserSearch } from '@plexus/storage';
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
  readonly is_remote: boolean;
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
      isRemote: row.is_remote,
      displayName: row.displayname ?? undefined,
      avatarUrl: row.avatar_url ?? undefined,
      ...nearnessOf(row),
    }));
  }

  async findNearness(userId: string, otherId: string): Promise<Nearness> {
    const [row] = await this.#database.run<NearnessRow>(FIND_NEARNESS, [userId, otherId]);
    return row === undefined ? { isNear: false, publicRooms: [] } : nearnessOf(row);
  }

  async findRemoteNearness(userId: string, otherId: string): Promise<Nearness> {
    const [row] = await this.#database.run<NearnessRow>(FIND_REMOTE_NEARNESS, [userId, otherId]);
    return row === undefined ? { isNear: false, publicRooms: [] } : nearnessOf(row);
  }
}

function nearnessOf({ is_near: isNear, public_rooms: rooms }: NearnessRow): Nearness {
  return { isNear, publicRooms: (rooms ?? []).map(({ shard, room_nid: roomNid }) => ({ shard, roomNid })) };
}

const SHARES_A_ROOM = `exists (
  select from user_rooms own join user_rooms theirs on theirs.room_id = own.room_id
  where own.user_id = $1 and own.membership = 'join' and theirs.user_id = u.user_id and theirs.membership = 'join')`;

const PUBLIC_ROOMS = `(
  select json_agg(json_build_object('shard', p.shard, 'room_nid', p.room_nid)) from (
    select s.shard, s.room_nid from user_rooms r join room_summaries s on s.room_id = r.room_id
    where r.user_id = u.user_id and r.membership = 'join' and s.is_public limit 20
  ) as p)`;

/** Of memberships of users of other servers, named `m`, the rooms in which the user is, or which are public. */
function visibleRoomsOf(memberships: string): string {
  return `select r.shard, r.room_nid, own.room_id is not null as is_near, coalesce(s.is_public, false) as is_public
    from (select distinct shard, room_nid from ${memberships}) as m
      join remote_member_rooms r on r.shard = m.shard and r.room_nid = m.room_nid
      left join user_rooms own on own.user_id = $1 and own.room_id = r.room_id and own.membership = 'join'
      left join room_summaries s on s.room_id = r.room_id
    where own.room_id is not null or s.is_public`;
}

const NEARNESS_OF_VISIBLE = `bool_or(v.is_near) as is_near, to_json((
  array_agg(json_build_object('shard', v.shard, 'room_nid', v.room_nid)) filter (where v.is_public))[1:20]) as public_rooms`;

/**
 * @NOTE The limits within keep what a short word costs bounded: so many users and memberships are looked at, and so many rooms of each. What a user
 * calls themself in a room is told to nobody who may not know of that room: so each name goes with the rooms in which it is used.
 */
const SEARCH: Statement = {
  name: 'search_users',
  text: `with named as materialized (
           select user_id, displayname, avatar_url, shard, room_nid from remote_members
           where search_words @@ $2::tsquery limit 10000
         ), visible as materialized (${visibleRoomsOf('named')})
         select user_id, displayname, avatar_url, is_remote, is_near, public_rooms from (
           select u.user_id, u.displayname, u.avatar_url, u.server_name, false as is_remote,
             (coalesce(u.server_name = $3, false) or ${SHARES_A_ROOM}) as is_near, ${PUBLIC_ROOMS} as public_rooms
           from (
             select user_id, displayname, avatar_url, server_name from users
             where search_words @@ $2::tsquery and deactivated_at is null and user_id <> $1
               and coalesce(user_type, '') <> 'support' limit 2000
           ) as u
           union all
           select n.user_id, n.displayname, n.avatar_url, '' as server_name, true as is_remote, ${NEARNESS_OF_VISIBLE}
           from named n join visible v on v.shard = n.shard and v.room_nid = n.room_nid
           group by n.user_id, n.displayname, n.avatar_url
         ) as found
         where is_near or public_rooms is not null
         order by (displayname is not null or avatar_url is not null) desc, (server_name = $5) desc, user_id, is_near desc
         limit $4`,
};

const FIND_NEARNESS: Statement = {
  name: 'find_nearness',
  text: `select ${SHARES_A_ROOM} as is_near, ${PUBLIC_ROOMS} as public_rooms from (select $2::text as user_id) as u`,
};

const FIND_REMOTE_NEARNESS: Statement = {
  name: 'find_remote_nearness',
  text: `select coalesce(n.is_near, false) as is_near, n.public_rooms from (
           select ${NEARNESS_OF_VISIBLE}
           from (${visibleRoomsOf('(select shard, room_nid from remote_members where user_id = $2 limit 2000) as t')}) as v
         ) as n`,
};
