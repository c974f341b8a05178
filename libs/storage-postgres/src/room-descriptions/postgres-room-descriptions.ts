import type {
  ListedRoom,
  OutdatedRoom,
  RoomDescription,
  RoomDescriptionRepository,
  RoomListQuery,
  RoomOrder,
} from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface DescriptionRow {
  readonly name: string | null;
  readonly canonical_alias: string | null;
  readonly creator: string | null;
  readonly encryption: string | null;
  readonly is_federatable: boolean | null;
  readonly join_rule: string | null;
  readonly guest_access: string | null;
  readonly history_visibility: string | null;
  readonly room_type: string | null;
  readonly state_events: number | null;
}

interface OutdatedRow extends DescriptionRow {
  readonly shard: number;
  readonly room_nid: number;
  readonly room_id: string;
  readonly room_version: string;
  readonly current_root: number;
  readonly root: number | null;
}

interface ListedRow extends DescriptionRow {
  readonly room_id: string;
  readonly room_version: string;
  readonly joined_count: number;
  readonly local_count: number;
  readonly is_public: boolean;
}

/** @NOTE In a folder of its own: what else lies in the rooms area has another owner. */
export class PostgresRoomDescriptions implements RoomDescriptionRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listOutdated(limit: number): Promise<OutdatedRoom[]> {
    return (await this.#database.run<OutdatedRow>(LIST_OUTDATED, [limit])).map(outdatedOf);
  }

  async describe({ shard, roomNid, currentRoot }: OutdatedRoom['room'], description: RoomDescription): Promise<void> {
    const { name, canonicalAlias, creator, encryption, isFederatable, joinRule } = description;
    const { guestAccess, historyVisibility, roomType, stateEvents } = description;
    const texts = [name, canonicalAlias, creator, encryption].map(withoutNul);
    const rules = [joinRule, guestAccess, historyVisibility, roomType].map(withoutNul);
    const values = [shard, roomNid, currentRoot, ...texts, isFederatable, ...rules, stateEvents];
    await this.#database.run(DESCRIBE, values);
  }

  async listRooms(query: RoomListQuery): Promise<{ rooms: ListedRoom[]; total: number }> {
    const { search, hostedServers, serverName, publishedRooms, isPublic, isEmpty, limit, offset } = query;
    const filters = [search, serverName, textArray(publishedRooms), isPublic, isEmpty];
    const [counted] = await this.#database.run<{ total: number }>(COUNT_ROOMS, filters);
    const page = [textArray(hostedServers), limit, offset];
    const rows = await this.#database.run<ListedRow>(listStatement(query), [...filters, ...page]);
    return { rooms: rows.map(listedOf), total: counted?.total ?? 0 };
  }
}

/** @NOTE What a state event holds may be anything that JSON can hold; a text of Postgres has no NUL. */
function withoutNul(text: string | undefined): string | undefined {
  return text?.replaceAll('\0', '\ufffd');
}

function outdatedOf(row: OutdatedRow): OutdatedRoom {
  return {
    room: {
      shard: row.shard,
      roomNid: row.room_nid,
      roomId: row.room_id,
      roomVersion: row.room_version,
      currentRoot: row.current_root,
    },
    former: row.root === null ? undefined : { root: row.root, description: descriptionOf(row) },
  };
}

function listedOf(row: ListedRow): ListedRoom {
  return {
    ...descriptionOf(row),
    roomId: row.room_id,
    roomVersion: row.room_version,
    joinedMembers: row.joined_count,
    joinedLocalMembers: row.local_count,
    isPublic: row.is_public,
  };
}

function descriptionOf(row: DescriptionRow): RoomDescription {
  return {
    name: row.name ?? undefined,
    canonicalAlias: row.canonical_alias ?? undefined,
    creator: row.creator ?? undefined,
    encryption: row.encryption ?? undefined,
    isFederatable: row.is_federatable ?? true,
    joinRule: row.join_rule ?? undefined,
    guestAccess: row.guest_access ?? undefined,
    historyVisibility: row.history_visibility ?? undefined,
    roomType: row.room_type ?? undefined,
    stateEvents: row.state_events ?? 0,
  };
}

const DESCRIPTION = `d.name, d.canonical_alias, d.creator, d.encryption, d.is_federatable, d.join_rule, d.guest_access,
  d.history_visibility, d.room_type, d.state_events`;

const LIST_OUTDATED: Statement = {
  name: 'list-outdated-descriptions',
  text: `select r.shard, r.room_nid, r.room_id, r.room_version, r.current_root, d.root, ${DESCRIPTION}
         from rooms r left join room_descriptions d on d.shard = r.shard and d.room_nid = r.room_nid
         where d.root is distinct from r.current_root limit $1`,
};

const DESCRIBE: Statement = {
  name: 'describe-room',
  text: `insert into room_descriptions (shard, room_nid, root, name, canonical_alias, creator, encryption, is_federatable, join_rule,
           guest_access, history_visibility, room_type, state_events)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (shard, room_nid) do update set root = excluded.root, name = excluded.name,
           canonical_alias = excluded.canonical_alias, creator = excluded.creator, encryption = excluded.encryption,
           is_federatable = excluded.is_federatable, join_rule = excluded.join_rule, guest_access = excluded.guest_access,
           history_visibility = excluded.history_visibility, room_type = excluded.room_type,
           state_events = excluded.state_events`,
};

const LISTED = `from rooms r left join room_descriptions d on d.shard = r.shard and d.room_nid = r.room_nid
  where ($1::text is null or strpos(lower(d.name), lower($1)) > 0 or strpos(lower(d.canonical_alias), lower($1)) > 0
      or r.room_id = $1)
    and ($2::text is null or exists (
      select from room_servers s where s.shard = r.shard and s.room_nid = r.room_nid and s.server_name = $2
        and s.joined_count > 0))
    and ($4::boolean is null or (r.room_id = any($3::text[])) = $4)
    and ($5::boolean is null or (r.joined_count = 0) = $5)`;

const COUNT_ROOMS: Statement = { name: 'count-listed-rooms', text: `select count(*) as total ${LISTED}` };

const ORDERS: Readonly<Record<RoomOrder, string>> = {
  name: 'name',
  canonical_alias: 'canonical_alias',
  joined_members: 'joined_count',
  joined_local_members: 'local_count',
  version: 'version_number',
  creator: 'creator',
  encryption: 'encryption',
  federatable: 'is_federatable',
  public: 'is_public',
  join_rules: 'join_rule',
  guest_access: 'guest_access',
  history_visibility: 'history_visibility',
  state_events: 'state_events',
};

function listStatement({ order, descending }: RoomListQuery): Statement {
  return {
    name: `list-rooms-by-${order}-${descending ? 'desc' : 'asc'}`,
    text: `select * from (
             select r.room_id, r.room_version, lpad(r.room_version, 20) as version_number, r.joined_count,
               r.room_id = any($3::text[]) as is_public, ${DESCRIPTION}, coalesce((
                 select sum(s.joined_count) from room_servers s
                 where s.shard = r.shard and s.room_nid = r.room_nid and s.server_name = any($6::text[])
               ), 0)::int as local_count
             ${LISTED}
           ) listed
           order by ${ORDERS[order]} ${descending ? 'desc nulls last' : 'asc nulls last'}, room_id limit $7 offset $8`,
  };
}
