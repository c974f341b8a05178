import type { RoomWork } from '@plexus/storage';
import { byteaArray, int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';

export function stateNodes(nodes: RoomWork['stateNodes']): BoundStatement[] {
  if (nodes.length === 0) return [];
  return [
    {
      statement: INSERT_NODES,
      values: [
        int4Array(nodes.map(({ shard }) => shard)),
        int8Array(nodes.map(({ roomNid }) => roomNid)),
        int8Array(nodes.map(({ nodeNid }) => nodeNid)),
        byteaArray(nodes.map(({ body }) => body)),
      ],
    },
  ];
}

export function backwardExtremities(list: RoomWork['backwardExtremities']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: INSERT_BACKWARD,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        int8Array(list.map(({ roomNid }) => roomNid)),
        textArray(list.map(({ missingEventId }) => missingEventId)),
        int8Array(list.map(({ eventNid }) => eventNid)),
      ],
    },
  ];
}

export function filledExtremities(list: RoomWork['filledExtremities']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: DELETE_BACKWARD,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        int8Array(list.map(({ roomNid }) => roomNid)),
        textArray(list.map(({ missingEventId }) => missingEventId)),
      ],
    },
  ];
}

export function changeImport({ shard, roomId, roomNid, stateRoot }: RoomWork['imports'][number]): BoundStatement {
  if (stateRoot === undefined) return { statement: END_IMPORT, values: [shard, roomId] };
  return { statement: STORE_IMPORT, values: [shard, roomId, roomNid, stateRoot] };
}

const INSERT_NODES: Statement = {
  name: 'insert-state-nodes',
  text: `insert into state_nodes (shard, room_nid, node_nid, body)
         select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bytea[])`,
};

const INSERT_BACKWARD: Statement = {
  name: 'insert-backward-extremities',
  text: `insert into backward_extremities (shard, room_nid, missing_event_id, event_nid)
         select * from unnest($1::int[], $2::bigint[], $3::text[], $4::bigint[]) on conflict do nothing`,
};

const DELETE_BACKWARD: Statement = {
  name: 'delete-backward-extremities',
  text: `delete from backward_extremities b using unnest($1::int[], $2::bigint[], $3::text[]) as f (shard, room_nid, event_id)
         where b.shard = f.shard and b.room_nid = f.room_nid and b.missing_event_id = f.event_id`,
};

const STORE_IMPORT: Statement = {
  name: 'store-room-import',
  text: `insert into room_imports (shard, room_id, room_nid, state_root) values ($1, $2, $3, $4)
         on conflict (shard, room_id) do update
           set room_nid = excluded.room_nid, state_root = excluded.state_root, begun_at = now()`,
};

const END_IMPORT: Statement = {
  name: 'end-room-import',
  text: 'delete from room_imports where shard = $1 and room_id = $2',
};
