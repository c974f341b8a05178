import type { RoomWork } from '@plexus/storage';
import { byteaArray, int2Array, int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';
import { numberOfStatus } from '../stored-event-row.ts';
import { flagsOf } from '../unread-flags.ts';

export function events(list: RoomWork['events']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: INSERT_EVENTS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        int8Array(list.map(({ eventNid }) => eventNid)),
        int8Array(list.map(({ roomNid }) => roomNid)),
        int8Array(list.map(({ topologicalPosition }) => topologicalPosition)),
        int8Array(list.map(({ streamPosition }) => streamPosition)),
        int8Array(list.map(({ stateBefore }) => stateBefore)),
        int8Array(list.map(({ stateAfter }) => stateAfter)),
        int4Array(list.map(({ authDepth }) => authDepth)),
        int2Array(list.map(({ status }) => numberOfStatus(status))),
        textArray(list.map(({ eventId }) => eventId)),
        byteaArray(list.map(({ json }) => json)),
        int8Array(list.map(({ unread }) => unread?.notifyCount)),
        int8Array(list.map(({ unread }) => unread?.threadNotifyCount)),
        int2Array(list.map(({ unread }) => unread && flagsOf(unread))),
        textArray(list.map(({ unread }) => unread?.threadId)),
      ],
    },
  ];
}

export function placedEvents(list: RoomWork['events']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: PLACE_EVENTS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        int8Array(list.map(({ eventNid }) => eventNid)),
        int8Array(list.map(({ topologicalPosition }) => topologicalPosition)),
        int8Array(list.map(({ streamPosition }) => streamPosition)),
        int8Array(list.map(({ stateBefore }) => stateBefore)),
        int8Array(list.map(({ stateAfter }) => stateAfter)),
        int2Array(list.map(({ status }) => numberOfStatus(status))),
        byteaArray(list.map(({ json }) => json)),
        int8Array(list.map(({ unread }) => unread?.notifyCount)),
        int8Array(list.map(({ unread }) => unread?.threadNotifyCount)),
        int2Array(list.map(({ unread }) => unread && flagsOf(unread))),
        textArray(list.map(({ unread }) => unread?.threadId)),
      ],
    },
  ];
}

export function rerooted(list: RoomWork['rerooted']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: REROOT_EVENTS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        int8Array(list.map(({ eventNid }) => eventNid)),
        int8Array(list.map(({ stateBefore }) => stateBefore)),
        int8Array(list.map(({ stateAfter }) => stateAfter)),
        int2Array(list.map(({ status }) => numberOfStatus(status))),
      ],
    },
  ];
}

/**
 * Which events these cite, each once.
 *
 * @NOTE The number of a new event is new, so nothing can be stored of it. One that was here without a place has most of its edges already; looking for those
 * doubles what an edge costs.
 */
export function authEdges(list: RoomWork['events']): BoundStatement[] {
  return [
    ...insertEdges(
      INSERT_AUTH_EDGES,
      list.filter(({ wasOutlier }) => !wasOutlier),
    ),
    ...insertEdges(
      ADD_AUTH_EDGES,
      list.filter(({ wasOutlier }) => wasOutlier),
    ),
  ];
}

function insertEdges(statement: Statement, list: RoomWork['events']): BoundStatement[] {
  const edges = list.flatMap(({ shard, eventNid, authEventNids }) =>
    [...new Set(authEventNids)].map((authEventNid) => ({ shard, authEventNid, eventNid })),
  );
  if (edges.length === 0) return [];
  return [
    {
      statement,
      values: [
        int4Array(edges.map(({ shard }) => shard)),
        int8Array(edges.map(({ authEventNid }) => authEventNid)),
        int8Array(edges.map(({ eventNid }) => eventNid)),
      ],
    },
  ];
}

const INSERT_EVENTS: Statement = {
  name: 'insert-events',
  text: `insert into events (shard, event_nid, room_nid, topological_position, stream_position, state_before, state_after,
           auth_depth, status, event_id, json, notify_count, thread_notify_count, unread_flags, thread_id)
         select unnest($1::int[]), unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::bigint[]),
           unnest($6::bigint[]), unnest($7::bigint[]), unnest($8::int[]), unnest($9::smallint[]), unnest($10::text[]),
           unnest($11::bytea[]), unnest($12::bigint[]), unnest($13::bigint[]), unnest($14::smallint[]), unnest($15::text[])`,
};

const PLACE_EVENTS: Statement = {
  name: 'place-events',
  text: `update events set topological_position = e.topological_position, stream_position = e.stream_position,
           state_before = e.state_before, state_after = e.state_after, status = e.status, json = e.json,
           notify_count = e.notify_count, thread_notify_count = e.thread_notify_count, unread_flags = e.unread_flags,
           thread_id = e.thread_id
         from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::smallint[],
           $8::bytea[], $9::bigint[], $10::bigint[], $11::smallint[], $12::text[])
           as e (shard, event_nid, topological_position, stream_position, state_before, state_after, status, json,
           notify_count, thread_notify_count, unread_flags, thread_id)
         where events.shard = e.shard and events.event_nid = e.event_nid`,
};

const REROOT_EVENTS: Statement = {
  name: 'reroot-events',
  text: `update events set state_before = e.state_before, state_after = e.state_after, status = e.status
         from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[])
           as e (shard, event_nid, state_before, state_after, status)
         where events.shard = e.shard and events.event_nid = e.event_nid`,
};

const INSERT_AUTH_EDGES: Statement = {
  name: 'insert-auth-edges',
  text: `insert into auth_edges (shard, auth_event_nid, event_nid)
         select unnest($1::int[]), unnest($2::bigint[]), unnest($3::bigint[])`,
};

const ADD_AUTH_EDGES: Statement = {
  name: 'add-auth-edges',
  text: `${INSERT_AUTH_EDGES.text} on conflict do nothing`,
};
