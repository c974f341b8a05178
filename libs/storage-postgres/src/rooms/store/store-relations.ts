import type { PlacedRelation, RoomWork } from '@plexus/storage';
import { int2Array, int4Array, int8Array, textArray } from '../../postgres/binary-arrays.ts';
import type { BoundStatement, Statement } from '../../postgres/statement.ts';

export function redactions(list: RoomWork['events']): BoundStatement[] {
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

/** Of events that are stored with it, and of stored ones. */
export function relations(list: readonly (RoomWork['events'][number] | PlacedRelation)[]): BoundStatement[] {
  const found = list.flatMap((event) => (event.relation === undefined ? [] : [{ ...event, ...event.relation }]));
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

export function brokenRelations(list: RoomWork['brokenRelations']): BoundStatement[] {
  if (list.length === 0) return [];
  const values = [int4Array(list.map(({ shard }) => shard)), int8Array(list.map(({ eventNid }) => eventNid))];
  return [{ statement: DELETE_RELATIONS, values }];
}

const INSERT_REDACTIONS: Statement = {
  name: 'insert-redactions',
  text: `insert into redactions (shard, redacts_event_id, redaction_event_nid)
         select * from unnest($1::int[], $2::text[], $3::bigint[]) on conflict do nothing`,
};

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
         where topological_position is not null`,
};

const DELETE_RELATIONS: Statement = {
  name: 'delete-event-relations',
  text: `delete from event_relations using unnest($1::int[], $2::bigint[]) as r (shard, event_nid)
         where event_relations.shard = r.shard and event_relations.event_nid = r.event_nid`,
};
