import type { RoomWork } from '@plexus/storage';
import { int2Array, int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';

export function receipts(list: RoomWork['receipts']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: STORE_RECEIPTS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        textArray(list.map(({ userId }) => userId)),
        int8Array(list.map(({ roomNid }) => roomNid)),
        textArray(list.map(({ receiptType }) => receiptType)),
        textArray(list.map(({ threadId }) => threadId)),
        int8Array(list.map(({ position }) => position)),
        textArray(list.map(({ eventId }) => eventId)),
        int8Array(list.map(({ eventPosition }) => eventPosition)),
        int8Array(list.map(({ setAt }) => setAt)),
        int8Array(list.map(({ notifyCount }) => notifyCount)),
        int8Array(list.map(({ threadNotifyCount }) => threadNotifyCount)),
      ],
    },
  ];
}

export function highlights(list: RoomWork['highlights']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: INSERT_HIGHLIGHTS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        int8Array(list.map(({ roomNid }) => roomNid)),
        textArray(list.map(({ userId }) => userId)),
        int8Array(list.map(({ position }) => position)),
        textArray(list.map(({ threadId }) => threadId)),
        int2Array(list.map(({ isCounted }) => Number(isCounted))),
      ],
    },
  ];
}

export function readProgress(list: RoomWork['readProgress']): BoundStatement[] {
  if (list.length === 0) return [];
  const values = [int4Array(list.map(({ shard }) => shard)), int8Array(list.map(({ position }) => position))];
  return [{ statement: STORE_READ_PROGRESS, values }];
}

/** @NOTE A receipt never goes back. */
const STORE_RECEIPTS: Statement = {
  name: 'store-receipts',
  text: `insert into receipts (shard, user_id, room_nid, receipt_type, thread_id, position, event_id, event_position, set_at,
           notify_count, thread_notify_count)
         select * from unnest($1::int[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[],
           $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
         on conflict (shard, user_id, room_nid, receipt_type, thread_id) do update set
           position = excluded.position, event_id = excluded.event_id, event_position = excluded.event_position,
           set_at = excluded.set_at, notify_count = excluded.notify_count,
           thread_notify_count = excluded.thread_notify_count
         where receipts.event_position < excluded.event_position`,
};

const INSERT_HIGHLIGHTS: Statement = {
  name: 'insert-highlights',
  text: `insert into highlights (shard, room_nid, user_id, position, thread_id, is_counted)
         select shard, room_nid, user_id, position, thread_id, is_counted <> 0
         from unnest($1::int[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::smallint[])
           as h (shard, room_nid, user_id, position, thread_id, is_counted)`,
};

const STORE_READ_PROGRESS: Statement = {
  name: 'store-read-progress',
  text: `insert into read_progress (shard, position) select * from unnest($1::int[], $2::bigint[])
         on conflict (shard) do update set position = excluded.position`,
};
