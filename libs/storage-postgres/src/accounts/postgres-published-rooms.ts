import type { DirectoryQuery, PublishedRoomRepository, RoomSummary } from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import { prefixQueryOf } from '../postgres/prefix-query.ts';
import type { Statement } from '../postgres/statement.ts';

export class PostgresPublishedRooms implements PublishedRoomRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async listInstances(serverName: string): Promise<string[]> {
    const rows = await this.#database.run<{ instance_id: string }>(LIST_INSTANCES, [serverName]);
    return rows.map((row) => row.instance_id);
  }

  async addInstance(serverName: string, instanceId: string): Promise<void> {
    await this.#database.run(ADD_INSTANCE, [serverName, instanceId]);
  }

  async publishRoom(serverName: string, roomId: string): Promise<void> {
    await this.#database.run(PUBLISH_ROOM, [serverName, roomId]);
  }

  async unpublishRoom(serverName: string, roomId: string): Promise<void> {
    await this.#database.run(UNPUBLISH_ROOM, [serverName, roomId]);
  }

  async isPublished(serverName: string, roomId: string): Promise<boolean> {
    return (await this.#database.run(IS_PUBLISHED, [serverName, roomId])).length === 1;
  }

  async pagePublishedRooms(query: DirectoryQuery): Promise<RoomSummary[]> {
    const { serverName, words, roomTypes, from, direction, limit } = query;
    const isForwards = direction === 'forwards';
    const place = from ?? (isForwards ? BEFORE_THE_FIRST : AFTER_THE_LAST);
    const rows = await this.#database.run<SummaryRow>(isForwards ? PAGE_FORWARDS : PAGE_BACKWARDS, [
      serverName,
      place.joinedCount,
      place.roomId,
      words.length === 0 ? undefined : prefixQueryOf(words),
      roomTypes && textArray(roomTypes.filter((type) => type !== null)),
      roomTypes?.includes(null) ?? false,
      limit,
    ]);
    return rows.map(summaryOf);
  }

  async countPublishedRooms(serverName: string, limit: number): Promise<number> {
    const [row] = await this.#database.run<{ count: number }>(COUNT, [serverName, limit]);
    return row?.count ?? 0;
  }
}

const BEFORE_THE_FIRST = { joinedCount: 2 ** 31 - 1, roomId: '' };
const AFTER_THE_LAST = { joinedCount: -1, roomId: '' };

interface SummaryRow {
  readonly room_id: string;
  readonly shard: number;
  readonly room_nid: number;
  readonly position: number;
  readonly room_version: string;
  readonly joined_count: number;
  readonly name: string | null;
  readonly topic: string | null;
  readonly canonical_alias: string | null;
  readonly avatar_url: string | null;
  readonly join_rule: string | null;
  readonly room_type: string | null;
  readonly encryption: string | null;
  readonly is_world_readable: boolean;
  readonly guests_can_join: boolean;
}

function summaryOf(row: SummaryRow): RoomSummary {
  return {
    roomId: row.room_id,
    shard: row.shard,
    roomNid: row.room_nid,
    position: row.position,
    roomVersion: row.room_version,
    joinedCount: row.joined_count,
    name: row.name ?? undefined,
    topic: row.topic ?? undefined,
    canonicalAlias: row.canonical_alias ?? undefined,
    avatarUrl: row.avatar_url ?? undefined,
    joinRule: row.join_rule ?? undefined,
    roomType: row.room_type ?? undefined,
    encryption: row.encryption ?? undefined,
    isWorldReadable: row.is_world_readable,
    guestsCanJoin: row.guests_can_join,
  };
}

const LIST_INSTANCES: Statement = {
  name: 'list_network_instances',
  text: 'select instance_id from network_instances where server_name = $1 order by instance_id',
};
const ADD_INSTANCE: Statement = {
  name: 'add_network_instance',
  text: 'insert into network_instances (server_name, instance_id) values ($1, $2) on conflict do nothing',
};
const PUBLISH_ROOM: Statement = {
  name: 'publish_room',
  text: 'insert into published_rooms (server_name, room_id) values ($1, $2) on conflict do nothing',
};
const UNPUBLISH_ROOM: Statement = {
  name: 'unpublish_room',
  text: 'delete from published_rooms where server_name = $1 and room_id = $2',
};
const IS_PUBLISHED: Statement = {
  name: 'is_published_room',
  text: 'select from published_rooms where server_name = $1 and room_id = $2',
};
const COUNT: Statement = {
  name: 'count_published_rooms',
  text: 'select count(*) as count from (select from published_rooms where server_name = $1 limit $2) as counted',
};

/** @NOTE Walks along the index of a server's directory, so that a page costs what it shows. */
function pageStatement(name: string, isBeyond: string, order: string): Statement {
  return {
    name,
    text: `select s.*, p.joined_count from published_rooms p join room_summaries s on s.room_id = p.room_id
           where p.server_name = $1 and (p.joined_count, p.room_id) ${isBeyond} ($2::int, $3)
             and ($4::tsquery is null or s.search_words @@ $4::tsquery)
             and ($5::text[] is null or s.room_type = any($5::text[]) or ($6::bool and s.room_type is null))
           order by p.joined_count ${order}, p.room_id ${order} limit $7`,
  };
}

const PAGE_FORWARDS = pageStatement('page_published_rooms', '<', 'desc');
const PAGE_BACKWARDS = pageStatement('page_published_rooms_back', '>', 'asc');
