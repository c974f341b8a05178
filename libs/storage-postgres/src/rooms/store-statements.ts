import type { RoomWork, UnparkedPdu } from '@plexus/storage';
import { byteaArray, int2Array, int4Array, int8Array, textArray } from '../postgres/binary-arrays.ts';
import type { BoundStatement, Parameter, Statement } from '../postgres/statement.ts';
import { purgeStatements } from './purge-statements.ts';
import { numberOfKind } from './room-log-row.ts';
import { flagsOf } from './unread-flags.ts';
import { numberOfStatus } from './stored-event-row.ts';

/** The conditional update that begins a unit of work. */
export function advanceShards(advances: RoomWork['advances'], isFenced: boolean): BoundStatement {
  const sorted = [...advances].sort((a, b) => a.shard - b.shard);
  const counters = sorted.map((advance) => advance.counters);
  return {
    statement: ADVANCE,
    values: [
      int4Array(sorted.map(({ shard }) => shard)),
      int8Array(sorted.map(({ epoch }) => epoch)),
      int8Array(sorted.map(({ positionBefore }) => positionBefore)),
      int8Array(counters.map(({ position }) => position)),
      int8Array(counters.map(({ lastRoomNid }) => lastRoomNid)),
      int8Array(counters.map(({ lastEventNid }) => lastEventNid)),
      int8Array(counters.map(({ lastNodeNid }) => lastNodeNid)),
      int8Array(counters.map(({ published }) => published)),
      int8Array(counters.map(({ projected }) => projected)),
      int8Array(counters.map(({ inboundOffset }) => inboundOffset)),
      textArray(counters.map(({ inboundIncarnation }) => inboundIncarnation)),
      isFenced,
    ],
  };
}

/** The statements that store a unit of work, one per table that it touches. */
export function storeStatements(work: RoomWork): BoundStatement[] {
  return [
    ...newRooms(work.newRooms),
    ...roomChanges(work.roomChanges),
    ...events(work.events.filter(({ wasOutlier }) => !wasOutlier)),
    ...placedEvents(work.events.filter(({ wasOutlier }) => wasOutlier)),
    ...rerooted(work.rerooted),
    ...stateNodes(work.stateNodes),
    ...authEdges(work.events),
    ...redactions(work.events),
    ...relations(work.events),
    ...brokenRelations(work.brokenRelations),
    ...log(work.log),
    ...commands(work.commands),
    ...work.residencyResets.map(({ shard, roomNid }) => ({ statement: RESET_RESIDENCY, values: [shard, roomNid] })),
    ...residency(work),
    ...filledExtremities(work.filledExtremities),
    ...backwardExtremities(work.backwardExtremities),
    ...work.imports.map(changeImport),
    ...receipts(work.receipts),
    ...highlights(work.highlights),
    ...readProgress(work.readProgress),
    ...unparked(work.unparked),
    ...parked(work.parked),
    ...deadLetters(work.deadLetters),
    ...settledDeadLetters(work.settledDeadLetters),
    ...work.purges.flatMap(purgeStatements),
    ...work.blocks.map(changeBlock),
    ...listedRooms(work.listedRooms),
    ...removedRooms(work.removedRooms),
  ];
}

function newRooms(rooms: RoomWork['newRooms']): BoundStatement[] {
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

function roomChanges(rooms: RoomWork['roomChanges']): BoundStatement[] {
  return rooms.length === 0 ? [] : [{ statement: UPDATE_ROOMS, values: roomColumns(rooms) }];
}

function removedRooms(rooms: RoomWork['removedRooms']): BoundStatement[] {
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

function listedRooms(rooms: RoomWork['listedRooms']): BoundStatement[] {
  if (rooms.length === 0) return [];
  const values = [int4Array(rooms.map(({ shard }) => shard)), int8Array(rooms.map(({ roomNid }) => roomNid))];
  return [{ statement: LIST_ROOMS, values }];
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

function events(list: RoomWork['events']): BoundStatement[] {
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

function placedEvents(list: RoomWork['events']): BoundStatement[] {
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

function rerooted(list: RoomWork['rerooted']): BoundStatement[] {
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

function backwardExtremities(list: RoomWork['backwardExtremities']): BoundStatement[] {
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

function filledExtremities(list: RoomWork['filledExtremities']): BoundStatement[] {
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

function changeImport({ shard, roomId, roomNid, stateRoot }: RoomWork['imports'][number]): BoundStatement {
  if (stateRoot === undefined) return { statement: END_IMPORT, values: [shard, roomId] };
  return { statement: STORE_IMPORT, values: [shard, roomId, roomNid, stateRoot] };
}

function stateNodes(nodes: RoomWork['stateNodes']): BoundStatement[] {
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

function authEdges(list: RoomWork['events']): BoundStatement[] {
  const edges = list.flatMap(({ shard, eventNid, authEventNids }) => {
    return authEventNids.map((authEventNid) => ({ shard, authEventNid, eventNid }));
  });
  if (edges.length === 0) return [];
  return [
    {
      statement: INSERT_AUTH_EDGES,
      values: [
        int4Array(edges.map(({ shard }) => shard)),
        int8Array(edges.map(({ authEventNid }) => authEventNid)),
        int8Array(edges.map(({ eventNid }) => eventNid)),
      ],
    },
  ];
}

function redactions(list: RoomWork['events']): BoundStatement[] {
  const found = list.filter(({ redacts }) => redacts !== undefined);
  if (found.length === 0) return [];
  return [
    {
      statement: INSERT_REDACTIONS,
      values: [
        int4Array(found.map(({ shard }) => shard)),
        textArray(found.map(({ redacts }) => redacts)),
        int8Array(found.map(({ eventNid }) => eventNid)),
      ],
    },
  ];
}

function relations(list: RoomWork['events']): BoundStatement[] {
  const found = list.flatMap(({ relation, ...event }) => (relation === undefined ? [] : [{ ...event, ...relation }]));
  if (found.length === 0) return [];
  return [
    {
      statement: INSERT_RELATIONS,
      values: [
        int4Array(found.map(({ shard }) => shard)),
        int8Array(found.map(({ eventNid }) => eventNid)),
        int8Array(found.map(({ roomNid }) => roomNid)),
        textArray(found.map(({ parentEventId }) => parentEventId)),
        textArray(found.map(({ relationType }) => relationType)),
        int8Array(found.map(({ topologicalPosition }) => topologicalPosition)),
        textArray(found.map(({ eventId }) => eventId)),
        textArray(found.map(({ eventType }) => eventType)),
        textArray(found.map(({ sender }) => sender)),
        int8Array(found.map(({ originServerTs }) => originServerTs)),
        int2Array(found.map((relation) => Number(relation.isReplacement))),
        textArray(found.map(({ keyHash }) => keyHash)),
      ],
    },
  ];
}

function brokenRelations(list: RoomWork['brokenRelations']): BoundStatement[] {
  if (list.length === 0) return [];
  const values = [int4Array(list.map(({ shard }) => shard)), int8Array(list.map(({ eventNid }) => eventNid))];
  return [{ statement: DELETE_RELATIONS, values }];
}

function log(rows: RoomWork['log']): BoundStatement[] {
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

function commands(list: RoomWork['commands']): BoundStatement[] {
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

function residency({ residency: changes, advances }: RoomWork): BoundStatement[] {
  if (changes.length === 0) return [];
  const advanceOf = new Map(advances.map((advance) => [advance.shard, advance]));
  return [
    {
      statement: CHANGE_RESIDENCY,
      values: [
        int4Array(changes.map(({ shard }) => shard)),
        int8Array(changes.map(({ roomNid }) => roomNid)),
        textArray(changes.map(({ serverName }) => serverName)),
        int4Array(changes.map(({ joinedDelta }) => joinedDelta)),
        int8Array(changes.map(({ shard }) => advanceOf.get(shard)?.positionBefore ?? 0)),
        int8Array(changes.map(({ shard }) => advanceOf.get(shard)?.counters.position ?? 0)),
      ],
    },
  ];
}

function receipts(list: RoomWork['receipts']): BoundStatement[] {
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

function highlights(list: RoomWork['highlights']): BoundStatement[] {
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

function readProgress(list: RoomWork['readProgress']): BoundStatement[] {
  if (list.length === 0) return [];
  const values = [int4Array(list.map(({ shard }) => shard)), int8Array(list.map(({ position }) => position))];
  return [{ statement: STORE_READ_PROGRESS, values }];
}

function unparked(list: RoomWork['unparked']): BoundStatement[] {
  if (list.length === 0) return [];
  const [done, givenUp] = [list.filter(({ givenUpBecause }) => givenUpBecause === undefined), list.filter(isGivenUp)];
  const because = textArray(givenUp.map(({ givenUpBecause }) => givenUpBecause));
  return [
    ...(done.length === 0 ? [] : [{ statement: DELETE_PARKED, values: placesOf(done) }]),
    ...(givenUp.length === 0 ? [] : [{ statement: GIVE_UP_PARKED, values: [...placesOf(givenUp), because] }]),
  ];
}

function placesOf(list: RoomWork['unparked']): BoundStatement['values'] {
  return [int4Array(list.map(({ shard }) => shard)), textArray(list.map(({ eventId }) => eventId))];
}

function isGivenUp(pdu: RoomWork['unparked'][number]): pdu is UnparkedPdu & { readonly givenUpBecause: string } {
  return pdu.givenUpBecause !== undefined;
}

function parked(list: RoomWork['parked']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: INSERT_PARKED,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        textArray(list.map(({ roomId }) => roomId)),
        textArray(list.map(({ eventId }) => eventId)),
        textArray(list.map(({ origin }) => origin)),
        textArray(list.map(({ destination }) => destination)),
        textArray(list.map(({ missingEventIds }) => JSON.stringify(missingEventIds))),
        byteaArray(list.map(({ record }) => record)),
      ],
    },
  ];
}

function deadLetters(list: RoomWork['deadLetters']): BoundStatement[] {
  if (list.length === 0) return [];
  return [
    {
      statement: INSERT_DEAD_LETTERS,
      values: [
        int4Array(list.map(({ shard }) => shard)),
        textArray(list.map(({ source }) => source)),
        textArray(list.map(({ roomId }) => roomId)),
        textArray(list.map(({ eventId }) => eventId)),
        textArray(list.map(({ origin }) => origin)),
        textArray(list.map(({ error }) => error)),
        byteaArray(list.map(({ record }) => record)),
        int4Array(list.map(({ attempts }) => attempts)),
      ],
    },
  ];
}

function settledDeadLetters(list: RoomWork['settledDeadLetters']): BoundStatement[] {
  if (list.length === 0) return [];
  const values = [int4Array(list.map(({ shard }) => shard)), int8Array(list.map((letter) => letter.deadLetterNid))];
  return [{ statement: DELETE_DEAD_LETTERS, values }];
}

function changeBlock({ shard, roomId, serverName, blockedBy }: RoomWork['blocks'][number]): BoundStatement {
  if (blockedBy === undefined) return { statement: UNBLOCK_ROOM, values: [shard, roomId, serverName] };
  return { statement: BLOCK_ROOM, values: [shard, roomId, serverName, blockedBy] };
}

const BLOCK_ROOM: Statement = {
  name: 'block-room',
  text: `insert into blocked_rooms (shard, room_id, server_name, blocked_by) values ($1, $2, $3, $4)
         on conflict (shard, room_id, server_name) do nothing`,
};

const UNBLOCK_ROOM: Statement = {
  name: 'unblock-room',
  text: 'delete from blocked_rooms where shard = $1 and room_id = $2 and server_name = $3',
};

const ADVANCE: Statement = {
  name: 'advance-room-shards',
  text: 'select advance_room_shards($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
};

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
         from unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::int[], $8::int[],
           $9::bigint[], $10::bigint[], $11::bigint[])
           as r (shard, room_nid, current_root, forward_extremities, depth, topological_position, joined_count,
           invited_count, notify_count, thread_notify_count, partial_join_nid)
         where rooms.shard = r.shard and rooms.room_nid = r.room_nid`,
};

const LIST_ROOMS: Statement = {
  name: 'list-rooms',
  text: `update rooms set is_listed = true from unnest($1::int[], $2::bigint[]) as r (shard, room_nid)
         where rooms.shard = r.shard and rooms.room_nid = r.room_nid`,
};

const INSERT_EVENTS: Statement = {
  name: 'insert-events',
  text: `insert into events (shard, event_nid, room_nid, topological_position, stream_position, state_before, state_after,
           auth_depth, status, event_id, json, notify_count, thread_notify_count, unread_flags, thread_id)
         select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
           $8::int[], $9::smallint[], $10::text[], $11::bytea[], $12::bigint[], $13::bigint[], $14::smallint[], $15::text[])`,
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

const RESET_RESIDENCY: Statement = {
  name: 'reset-room-servers',
  text: 'delete from room_servers where shard = $1 and room_nid = $2',
};

const INSERT_NODES: Statement = {
  name: 'insert-state-nodes',
  text: `insert into state_nodes (shard, room_nid, node_nid, body)
         select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bytea[])`,
};

const INSERT_AUTH_EDGES: Statement = {
  name: 'insert-auth-edges',
  text: `insert into auth_edges (shard, auth_event_nid, event_nid)
         select * from unnest($1::int[], $2::bigint[], $3::bigint[]) on conflict do nothing`,
};

const INSERT_REDACTIONS: Statement = {
  name: 'insert-redactions',
  text: `insert into redactions (shard, redacts_event_id, redaction_event_nid)
         select * from unnest($1::int[], $2::text[], $3::bigint[]) on conflict do nothing`,
};

/** @NOTE A redaction may have arrived before its event. */
const INSERT_RELATIONS: Statement = {
  name: 'insert-event-relations',
  text: `insert into event_relations (shard, event_nid, room_nid, parent_event_id, relation_type, topological_position, event_id,
           event_type, sender, origin_server_ts, is_replacement, key_hash)
         select shard, event_nid, room_nid, parent_event_id, relation_type, topological_position, event_id, event_type, sender,
           origin_server_ts, is_replacement = 1, key_hash
         from unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
           $9::text[], $10::bigint[], $11::smallint[], $12::text[])
           as e (shard, event_nid, room_nid, parent_event_id, relation_type, topological_position, event_id, event_type, sender,
           origin_server_ts, is_replacement, key_hash)
         where topological_position is not null
           and not exists (select from redactions r where r.shard = e.shard and r.redacts_event_id = e.event_id)`,
};

const DELETE_RELATIONS: Statement = {
  name: 'delete-event-relations',
  text: `delete from event_relations using unnest($1::int[], $2::bigint[]) as r (shard, event_nid)
         where event_relations.shard = r.shard and event_relations.event_nid = r.event_nid`,
};

const INSERT_LOG: Statement = {
  name: 'insert-room-log',
  text: `insert into room_log (shard, position, room_nid, kind, event_nid, previous_root, current_root, body, transaction_id,
           sender_device_id)
         select * from unnest($1::int[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[],
           $8::bytea[], $9::text[], $10::text[])`,
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

const INSERT_COMMANDS: Statement = {
  name: 'insert-room-commands',
  text: `insert into room_commands (shard, command_id, room_nid, event_nids, position)
         select shard, command_id, room_nid, event_nids::bigint[], position
         from unnest($1::int[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
           as c (shard, command_id, room_nid, event_nids, position)`,
};

/** Servers come at the beginning of the unit of work and go at its end: who looks for those before an event misses none. */
const CHANGE_RESIDENCY: Statement = {
  name: 'change-room-servers',
  text: `insert into room_servers (shard, room_nid, server_name, joined_count, joined_at, left_at)
         select * from unnest($1::int[], $2::bigint[], $3::text[], $4::int[], $5::bigint[], $6::bigint[])
         on conflict (shard, room_nid, server_name) do update set
           joined_count = room_servers.joined_count + excluded.joined_count,
           joined_at = case when room_servers.joined_count <= 0 then excluded.joined_at else room_servers.joined_at end,
           left_before = case when room_servers.joined_count <= 0 then room_servers.left_at
                           else room_servers.left_before end,
           left_at = case when room_servers.joined_count > 0 and room_servers.joined_count + excluded.joined_count <= 0
                       then excluded.left_at else room_servers.left_at end`,
};

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

const INSERT_PARKED: Statement = {
  name: 'insert-parked-pdus',
  text: `insert into parked_pdus (shard, room_id, event_id, origin, destination, missing_event_ids, record)
         select shard, room_id, event_id, origin, destination,
           array(select jsonb_array_elements_text(missing_event_ids::jsonb)), record
         from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
           as p (shard, room_id, event_id, origin, destination, missing_event_ids, record)
         on conflict (shard, event_id) do update set missing_event_ids = excluded.missing_event_ids`,
};

const DELETE_PARKED: Statement = {
  name: 'delete-parked-pdus',
  text: `delete from parked_pdus using unnest($1::int[], $2::text[]) as p (shard, event_id)
         where parked_pdus.shard = p.shard and parked_pdus.event_id = p.event_id`,
};

const GIVE_UP_PARKED: Statement = {
  name: 'give-up-parked-pdus',
  text: `with gone as (
           delete from parked_pdus using unnest($1::int[], $2::text[], $3::text[]) as p (shard, event_id, because)
           where parked_pdus.shard = p.shard and parked_pdus.event_id = p.event_id
           returning parked_pdus.shard, parked_pdus.room_id, parked_pdus.event_id, parked_pdus.origin, p.because
         )
         insert into given_up_pdus (shard, room_id, event_id, origin, because) select * from gone`,
};

const INSERT_DEAD_LETTERS: Statement = {
  name: 'insert-dead-letters',
  text: `insert into dead_letters (shard, source, room_id, event_id, origin, error, record, attempts)
         select * from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::int[])`,
};

const DELETE_DEAD_LETTERS: Statement = {
  name: 'delete-dead-letters',
  text: `delete from dead_letters using unnest($1::int[], $2::bigint[]) as d (shard, dead_letter_nid)
         where dead_letters.shard = d.shard and dead_letters.dead_letter_nid = d.dead_letter_nid`,
};
