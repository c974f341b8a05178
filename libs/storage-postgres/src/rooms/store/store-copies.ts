import type { RoomWork } from '@plexus/storage';
import { byteaArray, int4Array, int8Array } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';

export function redactedCopies(list: RoomWork['redactedCopies']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: MARK_COPIES,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        int8Array(list.map(({ eventNid }) => eventNid)),
        int8Array(list.map(({ roomNid }) => roomNid)),
      ],
    },
  ];
}

export function restored(list: RoomWork['restored']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: RESTORE_EVENTS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        int8Array(list.map(({ eventNid }) => eventNid)),
        byteaArray(list.map(({ json }) => json)),
      ],
    },
  ];
}

const MARK_COPIES: Statement = {
  name: 'mark-redacted-copies',
  text: `insert into redacted_copies (shard, event_nid, room_nid)
         select * from unnest($1::int[], $2::bigint[], $3::bigint[]) on conflict do nothing`,
};

const RESTORE_EVENTS: Statement = {
  name: 'restore-events',
  text: `with whole as (
           select * from unnest($1::int[], $2::bigint[], $3::bytea[]) as w (shard, event_nid, json)
         ), unmarked as (
           delete from redacted_copies c using whole w where c.shard = w.shard and c.event_nid = w.event_nid
         )
         update events e set json = w.json from whole w where e.shard = w.shard and e.event_nid = w.event_nid`,
};
