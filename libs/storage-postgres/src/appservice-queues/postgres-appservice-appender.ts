import { appserviceInboxName } from '@plexus/storage';
import type {
  AppserviceAppend,
  AppserviceAppender,
  AppserviceInboxKey,
  AppservicePlace,
  AppserviceRoom,
  AppserviceRoomKey,
  NewAppserviceItem,
} from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';
import { numberOfKind } from './item-kinds.ts';
import { STORE_MEMBERS } from './store-members.ts';

interface PlaceRow extends AppservicePlace {
  readonly source: string;
}

interface InboxRow {
  readonly appservice_id: string;
  readonly user_id: string;
  readonly device_id: string;
  readonly position: number;
}

/** Fills queues of application services in Postgres. A unit of work is one statement. */
export class PostgresAppserviceAppender implements AppserviceAppender {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async openPlaces(first: ReadonlyMap<string, AppservicePlace>): Promise<Map<string, AppservicePlace>> {
    const [sources, places] = [[...first.keys()], [...first.values()]];
    const generations = int4Array(places.map(({ generation }) => generation));
    const positions = int8Array(places.map(({ position }) => position));
    await this.#database.run(OPEN_PLACES, [textArray(sources), generations, positions]);
    const rows = await this.#database.run<PlaceRow>(READ_PLACES, [textArray(sources)]);
    return new Map(rows.map(({ source, generation, position }) => [source, { generation, position }]));
  }

  async openInboxes(keys: readonly AppserviceInboxKey[]): Promise<Map<string, number>> {
    const values = [
      textArray(keys.map(({ appserviceId }) => appserviceId)),
      textArray(keys.map(({ userId }) => userId)),
      textArray(keys.map(({ deviceId }) => deviceId)),
    ];
    await this.#database.run(OPEN_INBOXES, values);
    const rows = await this.#database.run<InboxRow>(READ_INBOXES, values);
    return new Map(
      rows.map((row) => {
        const key = { appserviceId: row.appservice_id, userId: row.user_id, deviceId: row.device_id };
        return [appserviceInboxName(key), row.position];
      }),
    );
  }

  async append({ moves, reads, items, members }: AppserviceAppend): Promise<'stored' | 'moved'> {
    const values = [
      moves.map(({ source, from, to }) => ({
        source,
        from_generation: from.generation,
        from_position: from.position,
        to_generation: to.generation,
        to_position: to.position,
      })),
      reads.map(({ appserviceId, userId, deviceId, from, to }) => ({
        appservice_id: appserviceId,
        user_id: userId,
        device_id: deviceId,
        from_position: from,
        to_position: to,
      })),
      members.map(({ appserviceId, roomShard, roomNid, userId, isJoined, position }) => ({
        appservice_id: appserviceId,
        room_shard: roomShard,
        room_nid: roomNid,
        user_id: userId,
        is_joined: isJoined,
        position,
      })),
      items.map(itemRow),
    ];
    const [row] = await this.#database.run<{ is_stored: boolean }>(
      APPEND,
      values.map((rows) => JSON.stringify(rows)),
    );
    return row?.is_stored === true ? 'stored' : 'moved';
  }

  async findRooms(roomShard: number, roomNids: readonly number[]): Promise<AppserviceRoom[]> {
    const values = [roomShard, int8Array(roomNids)];
    const rows = await this.#database.run<{ room_nid: number; appservice_ids: string[] }>(FIND_ROOMS, values);
    return rows.map((row) => ({ roomNid: row.room_nid, appserviceIds: row.appservice_ids }));
  }

  async findSharing(userId: string, appserviceIds: readonly string[]): Promise<string[]> {
    const values = [userId, textArray(appserviceIds)];
    const rows = await this.#database.run<{ appservice_id: string }>(FIND_SHARING, values);
    return rows.map((row) => row.appservice_id);
  }

  async findRoomsAmong(rooms: readonly AppserviceRoomKey[]): Promise<(AppserviceRoom & AppserviceRoomKey)[]> {
    const values = [int4Array(rooms.map(({ shard }) => shard)), int8Array(rooms.map(({ roomNid }) => roomNid))];
    const rows = await this.#database.run<RoomRow>(FIND_ROOMS_AMONG, values);
    return rows.map((row) => ({ shard: row.shard, roomNid: row.room_nid, appserviceIds: row.appservice_ids }));
  }

  async listSharedRooms(userId: string, appserviceId: string, limit: number): Promise<{ readonly roomId: string }[]> {
    const rows = await this.#database.run<{ room_id: string }>(LIST_SHARED_ROOMS, [userId, appserviceId, limit]);
    return rows.map((row) => ({ roomId: row.room_id }));
  }
}

interface RoomRow {
  readonly shard: number;
  readonly room_nid: number;
  readonly appservice_ids: string[];
}

function itemRow({ appserviceId, kind, event, payload, sharing }: NewAppserviceItem, index: number): object {
  const room = event ?? sharing;
  return {
    n: index,
    appservice_id: appserviceId,
    kind: numberOfKind(kind),
    room_shard: room?.roomShard,
    room_nid: room?.roomNid,
    room_version: room?.roomVersion,
    event_nid: event?.eventNid,
    payload,
    previous_root: sharing?.previousRoot,
    current_root: sharing?.currentRoot,
  };
}

const OPEN_PLACES: Statement = {
  name: 'open-appservice-places',
  text: `insert into appservice_positions (source, generation, position)
         select * from unnest($1::text[], $2::int[], $3::bigint[]) as p (source, generation, position) order by source
         on conflict (source) do nothing`,
};

const READ_PLACES: Statement = {
  name: 'read-appservice-places',
  text: 'select source, generation, position from appservice_positions where source = any($1::text[])',
};

const OPEN_INBOXES: Statement = {
  name: 'open-appservice-inboxes',
  text: `insert into appservice_inboxes (appservice_id, user_id, device_id, position)
         select *, 0 from unnest($1::text[], $2::text[], $3::text[]) as k (appservice_id, user_id, device_id)
         order by 1, 2, 3 on conflict (appservice_id, user_id, device_id) do nothing`,
};

const READ_INBOXES: Statement = {
  name: 'read-appservice-inboxes',
  text: `select i.appservice_id, i.user_id, i.device_id, i.position
         from unnest($1::text[], $2::text[], $3::text[]) as k (appservice_id, user_id, device_id)
         join appservice_inboxes i using (appservice_id, user_id, device_id)`,
};

/** @NOTE Locks are taken in one order, of sources, inboxes and streams each by their keys: whoever waits holds nothing that comes later. */
const APPEND: Statement = {
  name: 'append-appservice-items',
  text: `with moves as (
           select * from jsonb_to_recordset($1::jsonb) as m (source text, from_generation int, from_position bigint,
             to_generation int, to_position bigint)
         ), reads as (
           select * from jsonb_to_recordset($2::jsonb) as r (appservice_id text, user_id text, device_id text,
             from_position bigint, to_position bigint)
         ), locked_places as (
           select p.source from appservice_positions p join moves m on m.source = p.source
            where p.generation = m.from_generation and p.position = m.from_position
            order by p.source for no key update of p
         ), locked_inboxes as (
           select i.device_id from appservice_inboxes i
             join reads r on r.appservice_id = i.appservice_id and r.user_id = i.user_id and r.device_id = i.device_id
            where i.position = r.from_position
            order by i.appservice_id, i.user_id, i.device_id for no key update of i
         ), ours as (
           select (select count(*) from locked_places) = (select count(*) from moves)
              and (select count(*) from locked_inboxes) = (select count(*) from reads) as yes
         ), moved as (
           update appservice_positions p set generation = m.to_generation, position = m.to_position
             from moves m where p.source = m.source and (select yes from ours)
         ), read as (
           update appservice_inboxes i set position = r.to_position from reads r
            where i.appservice_id = r.appservice_id and i.user_id = r.user_id and i.device_id = r.device_id
              and (select yes from ours)
         ), members as (
           ${STORE_MEMBERS.replace('$1', '$3')} and (select yes from ours)
           on conflict (appservice_id, room_shard, room_nid, user_id) do update
             set is_joined = excluded.is_joined, position = excluded.position
             where appservice_members.position < excluded.position
         ), items as (
           select * from jsonb_to_recordset($4::jsonb) as i (n int, appservice_id text, kind smallint, room_shard int,
             room_nid bigint, room_version text, event_nid bigint, payload text, previous_root bigint,
             current_root bigint)
         ), counted as (
           select appservice_id, count(*) as n from items group by appservice_id
         ), advanced as (
           insert into appservice_streams (appservice_id, last_seq)
           select appservice_id, n from counted where (select yes from ours) order by appservice_id
           on conflict (appservice_id) do update set last_seq = appservice_streams.last_seq + excluded.last_seq
           returning appservice_id, last_seq
         ), stored as (
           insert into appservice_items (appservice_id, seq, kind, room_shard, room_nid, room_version, event_nid, payload,
             previous_root, current_root)
           select i.appservice_id, a.last_seq - c.n + row_number() over (partition by i.appservice_id order by i.n),
             i.kind, i.room_shard, i.room_nid, i.room_version, i.event_nid, i.payload, i.previous_root, i.current_root
           from items i join counted c on c.appservice_id = i.appservice_id
             join advanced a on a.appservice_id = i.appservice_id
         )
         select yes as is_stored from ours`,
};

/** From one application service of a room to the next: how many users each has there does not matter. */
const FIND_ROOMS: Statement = {
  name: 'find-rooms-of-appservices',
  text: `with recursive asked as (
           select room_nid from unnest($2::bigint[]) as a (room_nid)
         ), found as (
           select a.room_nid, (select min(m.appservice_id) from appservice_members m
             where m.room_shard = $1 and m.room_nid = a.room_nid and m.is_joined) as appservice_id from asked a
           union all
           select f.room_nid, (select min(m.appservice_id) from appservice_members m
             where m.room_shard = $1 and m.room_nid = f.room_nid and m.is_joined and m.appservice_id > f.appservice_id)
           from found f where f.appservice_id is not null
         )
         select room_nid, array_agg(appservice_id) as appservice_ids from found where appservice_id is not null
         group by room_nid`,
};

const FIND_ROOMS_AMONG: Statement = {
  name: 'find-rooms-of-appservices-among',
  text: `with recursive asked as (
           select shard, room_nid from unnest($1::int[], $2::bigint[]) as a (shard, room_nid)
         ), found as (
           select a.shard, a.room_nid, (select min(m.appservice_id) from appservice_members m
             where m.room_shard = a.shard and m.room_nid = a.room_nid and m.is_joined) as appservice_id from asked a
           union all
           select f.shard, f.room_nid, (select min(m.appservice_id) from appservice_members m
             where m.room_shard = f.shard and m.room_nid = f.room_nid and m.is_joined
               and m.appservice_id > f.appservice_id)
           from found f where f.appservice_id is not null
         )
         select shard, room_nid, array_agg(appservice_id) as appservice_ids from found where appservice_id is not null
         group by shard, room_nid`,
};

const LIST_SHARED_ROOMS: Statement = {
  name: 'list-rooms-shared-with-appservice',
  text: `select r.room_id from user_rooms r
          where r.user_id = $1 and r.membership = 'join' and exists (
            select from appservice_members m where m.appservice_id = $2
               and m.room_shard = r.shard and m.room_nid = r.room_nid and m.is_joined) limit $3`,
};

const FIND_SHARING: Statement = {
  name: 'find-appservices-sharing-rooms',
  text: `select a.appservice_id from unnest($2::text[]) as a (appservice_id)
          where exists (select from user_rooms r where r.user_id = $1 and r.membership = 'join' and exists (
                  select from appservice_members m where m.appservice_id = a.appservice_id
                     and m.room_shard = r.shard and m.room_nid = r.room_nid and m.is_joined))`,
};
