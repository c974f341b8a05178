import type { EventPurge } from '@plexus/storage';
import { int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';

/** The statements that take events out of a room's timeline, in their order. What tables say of an event by its number goes first. */
export function purgeStatements({
  shard,
  roomNid,
  removed,
  outliers,
  judged,
  redactions,
}: EventPurge): BoundStatement[] {
  const all = int8Array([...removed, ...outliers, ...judged]);
  const gone = int8Array(removed);
  return [
    { statement: BURY_ROWS, values: [shard, all] },
    { statement: FREE_ROWS, values: [shard, roomNid] },
    { statement: FORGET_REDACTED, values: [shard, gone] },
    {
      statement: FORGET_REDACTIONS,
      values: [
        shard,
        textArray(redactions.map(({ redacts }) => redacts)),
        int8Array(redactions.map(({ eventNid }) => eventNid)),
      ],
    },
    { statement: FORGET_RELATIONS, values: [shard, int8Array([...outliers, ...judged])] },
    { statement: FORGET_WORDS, values: [shard, int8Array([...outliers, ...judged])] },
    { statement: FORGET_ENDS, values: [shard, all] },
    { statement: REMOVE_EVENTS, values: [shard, gone] },
    { statement: MAKE_OUTLIERS, values: [shard, int8Array(outliers)] },
    { statement: KEEP_JUDGED, values: [shard, int8Array(judged)] },
    { statement: COUNT_REMOVAL, values: [shard, roomNid] },
  ];
}

/** Where the log is trimmed already, rows that no state at a position is read from go at once: nobody comes by there again. */
const BURY_ROWS: Statement = {
  name: 'bury-log-rows',
  text: `with doomed as (
           select l.position, l.position <= s.trimmed and l.previous_root = l.current_root and exists (
               select from room_log n where n.shard = l.shard and n.room_nid = l.room_nid and n.position > l.position
             ) as is_needless
           from events e join room_log l on l.shard = e.shard and l.position = e.stream_position
             join room_shards s on s.shard = e.shard
           where e.shard = $1 and e.event_nid = any($2::bigint[])
         ), removed as (
           delete from room_log l using doomed d where l.shard = $1 and l.position = d.position and d.is_needless
         )
         update room_log l set kind = 4, event_nid = null, body = null, transaction_id = null, sender_device_id = null
         from doomed d where l.shard = $1 and l.position = d.position and not d.is_needless`,
};

/**
 * Rows before the first one with an event need no state any more: whoever stands there begins anew. Tombstones among later rows keep it,
 * because the state at a position is read from the row there. Where the log is trimmed already, tombstones go.
 *
 * @NOTE Rows that are not published or not projected yet are left as they are; the next purge of the room takes them.
 */
const FREE_ROWS: Statement = {
  name: 'free-log-rows',
  text: `with first as (
           select position from room_log where shard = $1 and room_nid = $2 and kind = 1 order by position limit 1
         ), freed as (
           select l.position, l.kind = 4 and l.position <= s.trimmed as is_needless from room_log l, first, room_shards s
           where l.shard = $1 and l.room_nid = $2 and l.position < first.position
             and s.shard = l.shard and l.position <= least(s.published, s.projected)
             and (l.kind = 4 or l.current_root <> 0 or l.previous_root <> 0)
         ), removed as (
           delete from room_log l using freed f where l.shard = $1 and l.position = f.position and f.is_needless
         )
         update room_log l set room_nid = case l.kind when 4 then 0 else l.room_nid end,
           body = case l.kind when 4 then null else l.body end, previous_root = 0, current_root = 0
         from freed f where l.shard = $1 and l.position = f.position and not f.is_needless`,
};

const FORGET_REDACTED: Statement = {
  name: 'forget-redactions-of-events',
  text: `delete from redactions r using events e
         where e.shard = $1 and e.event_nid = any($2::bigint[]) and r.shard = e.shard and r.redacts_event_id = e.event_id`,
};

const FORGET_REDACTIONS: Statement = {
  name: 'forget-redactions',
  text: `delete from redactions r using unnest($2::text[], $3::bigint[]) as gone (redacts_event_id, event_nid)
         where r.shard = $1 and r.redacts_event_id = gone.redacts_event_id and r.redaction_event_nid = gone.event_nid`,
};

/** @NOTE Those of events that go are removed with them, by a trigger. */
const FORGET_RELATIONS: Statement = {
  name: 'forget-relations',
  text: 'delete from event_relations where shard = $1 and event_nid = any($2::bigint[])',
};

const FORGET_WORDS: Statement = {
  name: 'forget-words',
  text: 'delete from event_search where shard = $1 and event_nid = any($2::bigint[])',
};

/** History does not go on below what is gone itself. */
const FORGET_ENDS: Statement = {
  name: 'forget-backward-extremities',
  text: 'delete from backward_extremities where shard = $1 and event_nid = any($2::bigint[])',
};

const REMOVE_EVENTS: Statement = {
  name: 'purge-events',
  text: 'delete from events where shard = $1 and event_nid = any($2::bigint[])',
};

const MAKE_OUTLIERS: Statement = {
  name: 'make-outliers',
  text: `update events set topological_position = null, stream_position = null, state_before = null, state_after = null
         where shard = $1 and event_nid = any($2::bigint[])`,
};

const KEEP_JUDGED: Statement = {
  name: 'keep-judged',
  text: `update events set topological_position = null, stream_position = null, state_after = null
         where shard = $1 and event_nid = any($2::bigint[])`,
};

/** What names states went with the rows above, of which not all count it themselves. */
const COUNT_REMOVAL: Statement = {
  name: 'count-purge',
  text: 'update rooms set removals = removals + 1 where shard = $1 and room_nid = $2',
};
