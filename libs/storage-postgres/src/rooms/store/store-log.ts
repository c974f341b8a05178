import type { RoomWork } from '@plexus/storage';
import { byteaArray, int2Array, int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';
import { numberOfKind } from '../room-log-row.ts';

export function log(rows: RoomWork['log']): BoundStatement[] {
  if (rows.length === 0) return [];
  return [
    {
      statement: INSERT_LOG,
      values: [
        int4Array(rows.map(({ shard }) => shard)),
        int8Array(rows.map(({ position }) => position)),
        int8Array(rows.map(({ roomNid }) => roomNid)),
        int2Array(rows.map(({ kind }) => numberOfKind(kind))),
        int8Array(rows.map(({ eventNid }) => eventNid)),
        int8Array(rows.map(({ previousRoot }) => previousRoot)),
        int8Array(rows.map(({ currentRoot }) => currentRoot)),
        byteaArray(rows.map(({ body }) => body)),
        textArray(rows.map(({ transactionId }) => transactionId)),
        textArray(rows.map(({ senderDeviceId }) => senderDeviceId)),
      ],
    },
  ];
}

export function commands(list: RoomWork['commands']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: INSERT_COMMANDS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        textArray(list.map(({ commandId }) => commandId)),
        int8Array(list.map(({ roomNid }) => roomNid)),
        textArray(list.map(({ eventNids }) => `{${eventNids.join(',')}}`)),
        int8Array(list.map(({ position }) => position)),
      ],
    },
  ];
}

const INSERT_LOG: Statement = {
  name: 'insert-room-log',
  text: `insert into room_log (shard, position, room_nid, kind, event_nid, previous_root, current_root, body, transaction_id,
           sender_device_id)
         select unnest($1::int[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::smallint[]), unnest($5::bigint[]),
           unnest($6::bigint[]), unnest($7::bigint[]), unnest($8::bytea[]), unnest($9::text[]), unnest($10::text[])`,
};

const INSERT_COMMANDS: Statement = {
  name: 'insert-room-commands',
  text: `insert into room_commands (shard, command_id, room_nid, event_nids, position)
         select unnest($1::int[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::text[])::bigint[], unnest($5::bigint[])`,
};
