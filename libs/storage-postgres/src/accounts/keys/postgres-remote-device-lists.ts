import type {
  RemoteDeviceList,
  RemoteDeviceListRepository,
  RemoteDeviceListWriter,
  StoredRemoteDeviceList,
} from '@plexus/storage';
import { textArray } from '../../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../../postgres/postgres-database.ts';
import type { Statement } from '../../postgres/statement.ts';

/** So many updates of a list wait at most for somebody who asks for it; then asking anew is cheaper. */
const MOST_UPDATES = 20;

/** Keeps device lists of other servers' users in Postgres. */
export class PostgresRemoteDeviceLists implements RemoteDeviceListRepository, RemoteDeviceListWriter {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /**
   * @NOTE The rows are committed before the positions are read, and before the other server is asked: a change that is not recorded for want of a row was
   * made before the list was given.
   */
  async track(userIds: readonly string[]): Promise<Map<string, number>> {
    if (userIds.length === 0) return new Map();
    const sorted = [...new Set(userIds)].sort();
    await this.#database.run(TRACK, [textArray(sorted)]);
    const rows = await this.#database.run<{ user_id: string; position: number }>(FIND_POSITIONS, [textArray(sorted)]);
    return new Map(rows.map((row) => [row.user_id, row.position]));
  }

  async findLists(userIds: readonly string[]): Promise<StoredRemoteDeviceList[]> {
    if (userIds.length === 0) return [];
    const rows = await this.#database.run<ListRow>(FIND_LISTS, [textArray(userIds)]);
    return rows.map((row) => toList(row));
  }

  async storeLists(lists: readonly RemoteDeviceList[]): Promise<void> {
    if (lists.length === 0) return;
    const rows = lists
      .toSorted((a, b) => (a.userId < b.userId ? -1 : 1))
      .map(({ userId, streamId, includesUpTo, keys, anchor }) => ({
        user_id: userId,
        stream_id: streamId ?? null,
        includes_up_to: includesUpTo,
        keys,
        room_id: anchor.roomId,
        member_nid: anchor.memberNid,
        server_name: anchor.serverName,
        resident_since: anchor.residentSince,
      }));
    await this.#database.run(STORE_LISTS, [JSON.stringify(rows)]);
  }

  async recordChange(userId: string, update: { readonly content: string; readonly gap: string }): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      const [tracked] = await transaction.run<{ count: number }>(COUNT_UPDATES, [userId]);
      if (tracked === undefined) return false;
      const isFull = tracked.count >= MOST_UPDATES;
      if (isFull) await transaction.run(DROP_UPDATES, [userId]);
      // From here to the commit it holds the one row that orders all changes.
      await transaction.run(RECORD_CHANGE, [userId, isFull ? update.gap : update.content]);
      return true;
    });
  }
}

interface ListRow {
  readonly user_id: string;
  readonly stream_id: number | null;
  readonly includes_up_to: number;
  readonly keys: string;
  readonly room_id: string;
  readonly member_nid: number;
  readonly server_name: string;
  readonly resident_since: number;
  readonly last_change: number;
  /** JSON. */
  readonly updates: string;
}

function toList(row: ListRow): StoredRemoteDeviceList {
  const updates = JSON.parse(row.updates) as [number, string][];
  return {
    userId: row.user_id,
    streamId: row.stream_id ?? undefined,
    includesUpTo: row.includes_up_to,
    keys: row.keys,
    anchor: {
      roomId: row.room_id,
      memberNid: row.member_nid,
      serverName: row.server_name,
      residentSince: row.resident_since,
    },
    lastChange: row.last_change,
    updates: updates.map(([position, content]) => ({ position, content })),
  };
}

const TRACK: Statement = {
  name: 'track_remote_device_lists',
  text: `insert into remote_device_lists (user_id) select unnest($1::text[]) on conflict (user_id) do nothing`,
};
const FIND_POSITIONS: Statement = {
  name: 'find_remote_device_list_positions',
  text: `select l.user_id, coalesce(c.position, 0) as position from unnest($1::text[]) l (user_id)
         left join device_list_changes c on c.user_id = l.user_id and c.seen_by = ''`,
};
const FIND_LISTS: Statement = {
  name: 'find_remote_device_lists',
  text: `select l.user_id, l.stream_id, l.includes_up_to, l.keys, l.room_id, l.member_nid, l.server_name, l.resident_since,
                coalesce(c.position, 0) as last_change,
                (select coalesce(json_agg(json_build_array(u.position, u.content) order by u.position), '[]')
                   from remote_device_updates u
                  where u.user_id = l.user_id and u.position > l.includes_up_to)::text as updates
         from remote_device_lists l
         left join device_list_changes c on c.user_id = l.user_id and c.seen_by = ''
         where l.user_id = any($1::text[]) and l.keys is not null`,
};
const STORE_LISTS: Statement = {
  name: 'store_remote_device_lists',
  text: `update remote_device_lists l
            set stream_id = r.stream_id, includes_up_to = r.includes_up_to, keys = r.keys, room_id = r.room_id,
                member_nid = r.member_nid, server_name = r.server_name, resident_since = r.resident_since
           from json_to_recordset($1::json) as r (user_id text, stream_id bigint, includes_up_to bigint, keys text, room_id text,
                member_nid bigint, server_name text, resident_since bigint)
          where l.user_id = r.user_id and l.includes_up_to <= r.includes_up_to`,
};
const COUNT_UPDATES: Statement = {
  name: 'count_remote_device_updates',
  text: `select (select count(*) from remote_device_updates u where u.user_id = l.user_id)::int as count
         from remote_device_lists l where l.user_id = $1`,
};
const DROP_UPDATES: Statement = {
  name: 'drop_remote_device_updates',
  text: 'delete from remote_device_updates where user_id = $1',
};
const RECORD_CHANGE: Statement = {
  name: 'record_remote_device_update',
  text: `with next as (update device_list_position set position = position + 1 returning position),
              changed as (
                insert into device_list_changes (user_id, seen_by, position) select $1, '', position from next
                on conflict (user_id, seen_by) do update set position = excluded.position)
         insert into remote_device_updates (user_id, position, content) select $1, position, $2 from next`,
};
