import type { RoomWork } from '@plexus/storage';
import { int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Parameter, Statement } from '../../postgres/statement.ts';

export function newRooms(rooms: RoomWork['newRooms']): BoundStatement[] {
  if (rooms.length === 0) return [];
  return [
    {
      statement: INSERT_ROOMS,
      values: [
        ...roomColumns(rooms),
        textArray(rooms.map(({ roomId }) => roomId)),
        textArray(rooms.map(({ roomVersion }) => roomVersion)),
      ],
    },
  ];
}

export function roomChanges(rooms: RoomWork['roomChanges']): BoundStatement[] {
  return rooms.length === 0 ? [] : [{ statement: UPDATE_ROOMS, values: roomColumns(rooms) }];
}

export function listedRooms(rooms: RoomWork['listedRooms']): BoundStatement[] {
  if (rooms.length === 0) return [];
  const values = [int4Array(rooms.map(({ shard }) => shard)), int8Array(rooms.map(({ roomNid }) => roomNid))];
  return [{ statement: LIST_ROOMS, values }];
}

export function removedRooms(rooms: RoomWork['removedRooms']): BoundStatement[] {
  if (rooms.length === 0) return [];
  return [
    {
      statement: REMOVE_ROOMS,
      values: [
        int4Array(rooms.map(({ shard }) => shard)),
        int8Array(rooms.map(({ roomNid }) => roomNid)),
        textArray(rooms.map(({ roomId }) => roomId)),
        textArray(rooms.map(({ removedFor }) => removedFor)),
        textArray(rooms.map(({ isImport = false }) => String(isImport))),
      ],
    },
  ];
}

export function changeBlock({ shard, roomId, serverName, blockedBy }: RoomWork['blocks'][number]): BoundStatement {
  if (blockedBy === undefined) return { statement: UNBLOCK_ROOM, values: [shard, roomId, serverName] };
  return { statement: BLOCK_ROOM, values: [shard, roomId, serverName, blockedBy] };
}

/** @NOTE `unnest` flattens an array of arrays, so each room's extremities travel as one array literal. */
function roomColumns(rooms: RoomWork['roomChanges']): Parameter[] {
  return [
    int4Array(rooms.map(({ shard }) => shard)),
    int8Array(rooms.map(({ roomNid }) => roomNid)),
    int8Array(rooms.map(({ currentRoot }) => currentRoot)),
    textArray(rooms.map(({ forwardExtremities }) => `{${forwardExtremities.join(',')}}`)),
    int8Array(rooms.map(({ depth }) => depth)),
    int8Array(rooms.map(({ topologicalPosition }) => topologicalPosition)),
    int4Array(rooms.map(({ joinedCount }) => joinedCount)),
    int4Array(rooms.map(({ invitedCount }) => invitedCount)),
    int8Array(rooms.map(({ notifyCount }) => notifyCount)),
    int8Array(rooms.map(({ threadNotifyCount }) => threadNotifyCount)),
    int8Array(rooms.map(({ partialJoin }) => partialJoin)),
  ];
}

const INSERT_ROOMS: Statement = {
  name: 'insert-rooms',
  text: `insert into rooms (shard, room_nid, current_root, forward_extremities, depth, topological_position, joined_count,
           invited_count, notify_count, thread_notify_count, partial_join_nid, room_id, room_version)
         select shard, room_nid, current_root, forward_extremities::bigint[], depth, topological_position, joined_count,
           invited_count, notify_count, thread_notify_count, partial_join_nid, room_id, room_version
         from unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::int[], $8::int[],
           $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[])
           as r (shard, room_nid, current_root, forward_extremities, depth, topological_position, joined_count,
           invited_count, notify_count, thread_notify_count, partial_join_nid, room_id, room_version)`,
};

const UPDATE_ROOMS: Statement = {
  name: 'update-rooms',
  text: `update rooms set current_root = r.current_root, forward_extremities = r.forward_extremities::bigint[], depth = r.depth,
           topological_position = r.topological_position, joined_count = r.joined_count, invited_count = r.invited_count,
           notify_count = r.notify_count, thread_notify_count = r.thread_notify_count, partial_join_nid = r.partial_join_nid
         from (
           select unnest($1::int[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::bigint[]),
             unnest($6::bigint[]), unnest($7::int[]), unnest($8::int[]), unnest($9::bigint[]), unnest($10::bigint[]),
             unnest($11::bigint[])
         ) as r (shard, room_nid, current_root, forward_extremities, depth, topological_position, joined_count,
           invited_count, notify_count, thread_notify_count, partial_join_nid)
         where rooms.shard = r.shard and rooms.room_nid = r.room_nid`,
};

const LIST_ROOMS: Statement = {
  name: 'list-rooms',
  text: `update rooms set is_listed = true from unnest($1::int[], $2::bigint[]) as r (shard, room_nid)
         where rooms.shard = r.shard and rooms.room_nid = r.room_nid`,
};

const REMOVE_ROOMS: Statement = {
  name: 'remove-rooms',
  text: `with gone as (
           insert into removed_rooms (shard, room_nid, room_id, removed_for, is_import)
           select shard, room_nid, room_id, removed_for, is_import::boolean
           from unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::text[])
             as r (shard, room_nid, room_id, removed_for, is_import)
           returning shard, room_nid
         )
         delete from rooms r using gone where r.shard = gone.shard and r.room_nid = gone.room_nid`,
};

const BLOCK_ROOM: Statement = {
  name: 'block-room',
  text: `insert into blocked_rooms (shard, room_id, server_name, blocked_by) values ($1, $2, $3, $4)
         on conflict (shard, room_id, server_name) do nothing`,
};

const UNBLOCK_ROOM: Statement = {
  name: 'unblock-room',
  text: 'delete from blocked_rooms where shard = $1 and room_id = $2 and server_name = $3',
};
