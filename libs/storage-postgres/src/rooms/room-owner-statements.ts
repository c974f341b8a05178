import type { Statement } from '../postgres/statement.ts';
import { EVENT_COLUMNS } from './stored-event-row.ts';

export const FIND_ANNOTATION: Statement = {
  name: 'find-annotation',
  text: `select 1 from event_relations
         where shard = $1 and room_nid = $2 and parent_event_id = $3 and sender = $4 and event_type = $5 and key_hash = $6
           and relation_type = 'm.annotation' limit 1`,
};

/**
 * Of events of several rooms; `place` is that of who asked.
 *
 * @NOTE Of an event that is not here and that nothing redacts, which is the usual one, there is no row. Each is looked up by itself and by its id alone: where
 * the look-up names the room too, a plan that was made while the room was small reads all of it for each. What is asked by `exists` may be answered for all rows of
 * the table at once: whether others follow it is asked for each.
 */
export const FIND_EVENTS_OR_REDACTIONS: Statement = {
  name: 'find-events-or-redactions-of-rooms',
  text: `select ${EVENT_COLUMNS}, wanted.place, wanted.event_id as wanted_id, redacting.event_ids as redacting, followed.is_so as is_followed
         from unnest($1::integer[], $2::integer[], $3::bigint[], $4::text[]) as wanted (place, shard, room_nid, event_id)
           left join lateral (
             select * from events here
             where here.shard = wanted.shard and here.event_id = wanted.event_id limit 1
           ) e on e.room_nid = wanted.room_nid
           left join lateral (
             select array_agg(by.event_id order by r.redaction_event_nid) filter (where by.room_nid = wanted.room_nid) as event_ids
             from redactions r join events by on by.shard = r.shard and by.event_nid = r.redaction_event_nid
             where r.shard = wanted.shard and r.redacts_event_id = wanted.event_id
           ) redacting on true
           cross join lateral (
             select e.topological_position is null and coalesce((
               select true from backward_extremities b join events by on by.shard = b.shard and by.event_nid = b.event_nid
               where b.shard = wanted.shard and b.room_nid = wanted.room_nid and b.missing_event_id = wanted.event_id and by.status = 0
               limit 1
             ), false) as is_so
           ) followed
         where e.event_nid is not null or redacting.event_ids is not null or followed.is_so`,
};

export const FIND_COMMANDS: Statement = {
  name: 'find-commands',
  text: `select c.command_id, c.position,
           array(
             select e.event_id from unnest(c.event_nids) with ordinality as n (event_nid, place)
             join events e on e.shard = c.shard and e.event_nid = n.event_nid order by n.place
           ) as event_ids
         from room_commands c where c.shard = $1 and c.command_id = any($2::text[])`,
};

export const LIST_CITING: Statement = {
  name: 'list-citing-events',
  text: `select cited.nid as cited_nid, citing.event_nid, citing.event_id, citing.json
         from unnest($2::bigint[], $3::bigint[]) as cited (nid, before) cross join lateral (
           select e.event_nid, e.event_id, e.json
           from auth_edges a join events e on e.shard = a.shard and e.event_nid = a.event_nid
           where a.shard = $1 and a.auth_event_nid = cited.nid and a.event_nid < cited.before
           order by a.event_nid desc limit $4
         ) as citing`,
};

/**
 * @NOTE A recursive query goes on by generations, and ends as soon as enough rows were taken from it. The limits within keep the planner
 * to look-ups by key, as does that the shard comes out of the rows: statistics may not know it yet. Room versions 1 and 2 cite an event as a pair of its id
 * and its hashes.
 */
export const FIND_AUTH_CHAINS: Statement = {
  name: 'find-auth-chains',
  text: `with recursive chain (shard, event_nid) as (
           select first.shard, first.event_nid
             from (select unnest($1::int[]) as shard, unnest($3::text[]) as event_id) as wanted
             cross join lateral (
               select here.shard, here.event_nid, here.room_nid from events here
               where here.shard = wanted.shard and here.event_id = wanted.event_id limit 1
             ) as first
             where first.room_nid = $2
           union
           select cited.shard, cited.event_nid from chain
             cross join lateral (
               select json from events e where e.shard = chain.shard and e.event_nid = chain.event_nid limit 1
             ) as citing
             cross join lateral json_array_elements(convert_from(citing.json, 'UTF8')::json -> 'auth_events') as reference
             cross join lateral (
               select e.shard, e.event_nid, e.room_nid from events e
               where e.shard = chain.shard and e.event_id =
                 case json_typeof(reference) when 'array' then reference ->> 0 else reference #>> '{}' end
               limit 1
             ) as cited
             where cited.room_nid = $2
         ), nearest as materialized (select shard, event_nid from chain limit $4)
         select ${EVENT_COLUMNS} from nearest cross join lateral (
           select * from events here where here.shard = nearest.shard and here.event_nid = nearest.event_nid limit 1
         ) as e`,
};

export const LIST_WAITING: Statement = {
  name: 'list-waiting-pdus',
  text: `select room_id, event_id, origin, parked_at,
           array(
             select missing from unnest(missing_event_ids) as missing
             where not exists (select from events e where e.shard = parked_pdus.shard and e.event_id = missing)
           ) as missing_event_ids
         from parked_pdus where shard = $1 order by parked_nid`,
};

export const FIND_PARKED: Statement = {
  name: 'find-parked-pdus',
  text: `select shard, room_id, event_id, origin, destination, missing_event_ids, record from parked_pdus
         where shard = $1 and event_id = any($2::text[]) order by parked_nid`,
};

export const LIST_OWNERS: Statement = {
  name: 'list-shard-owners',
  text: 'select shard, owner_address from room_shards where owner_address is not null',
};

export const FIND_RECEIPTS: Statement = {
  name: 'find-receipt-positions',
  text: `select r.event_position from unnest($3::text[], $4::text[], $5::text[]) with ordinality
           as key (user_id, receipt_type, thread_id, place)
         left join receipts r on r.shard = $1 and r.room_nid = $2 and r.user_id = key.user_id
           and r.receipt_type = key.receipt_type and r.thread_id = key.thread_id
         order by key.place`,
};

export const FIND_READ_PROGRESS: Statement = {
  name: 'find-read-progress',
  text: 'select position from read_progress where shard = $1',
};

export const FIND_IMPORT: Statement = {
  name: 'find-room-import',
  text: 'select room_nid, state_root from room_imports where shard = $1 and room_id = $2',
};

export const LIST_PLACED: Statement = {
  name: 'list-placed-since',
  text: `with joined as (
           select topological_position, stream_position from events where shard = $1 and room_nid = $2 and event_nid = $3
         ), placed as (
           select e.event_nid from joined
             join events e on e.shard = $1 and e.room_nid = $2 and e.topological_position >= joined.topological_position
           union
           select l.event_nid from joined
             join room_log l on l.shard = $1 and l.room_nid = $2 and l.position > joined.stream_position
           where l.event_nid is not null
         )
         select event_nid from placed where event_nid > $4 order by event_nid limit $5`,
};

export const FIND_REMOVED: Statement = {
  name: 'find-removed-room',
  text: 'select 1 from removed_rooms where shard = $1 and room_id = $2 limit 1',
};

export const FIND_EXTREMITY_PLACES: Statement = {
  name: 'find-extremity-places',
  text: `select b.missing_event_id, min(e.topological_position) as place
         from backward_extremities b join events e on e.shard = b.shard and e.event_nid = b.event_nid
         where b.shard = $1 and b.room_nid = $2 and b.missing_event_id = any($3::text[]) and e.topological_position is not null
         group by b.missing_event_id`,
};

export const FIND_DEAD_LETTER: Statement = {
  name: 'find-dead-letter-record',
  text: 'select source, room_id, attempts, record from dead_letters where shard = $1 and dead_letter_nid = $2',
};
