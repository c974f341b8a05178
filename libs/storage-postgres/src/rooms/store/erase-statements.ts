import type { EventErasure } from '@plexus/storage';
import { byteaArray, int8Array } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';

/** The statements that put the redacted form in the place of events, and remember whose are to be stored so. */
export function eraseStatements({ shard, roomId, userId, upToDepth, events }: EventErasure): BoundStatement[] {
  const nids = int8Array(events.map(({ eventNid }) => eventNid));
  return [
    { statement: MARK_SENDER, values: [shard, roomId, userId, upToDepth] },
    { statement: ERASE_EVENTS, values: [shard, nids, byteaArray(events.map(({ json }) => json))] },
    { statement: FORGET_ERASED_WORDS, values: [shard, nids] },
  ];
}

const MARK_SENDER: Statement = {
  name: 'mark-erased-sender',
  text: `insert into erased_senders (shard, room_id, user_id, up_to_depth) values ($1, $2, $3, $4)
         on conflict (shard, room_id, user_id) do update set up_to_depth = greatest(erased_senders.up_to_depth, excluded.up_to_depth)`,
};

const ERASE_EVENTS: Statement = {
  name: 'erase-events',
  text: `with erased as (
           select * from unnest($2::bigint[], $3::bytea[]) as r (event_nid, json)
         ), unmarked as (
           delete from redacted_copies c using erased r where c.shard = $1 and c.event_nid = r.event_nid
         )
         update events e set json = r.json from erased r where e.shard = $1 and e.event_nid = r.event_nid`,
};

const FORGET_ERASED_WORDS: Statement = {
  name: 'forget-erased-words',
  text: 'delete from event_search where shard = $1 and event_nid = any($2::bigint[])',
};
