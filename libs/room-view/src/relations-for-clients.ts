import type { JsonObject } from '@plexus/matrix-base';
import type { ClientEvent, RoomEvent } from '@plexus/room-dag';
import type { ChildEvent, EventAggregations } from './aggregation-reader.ts';

/** How child events are put for clients. */
export interface ChildFormat {
  readonly now: number;
  /** With or without the room id, as the answer has it. */
  toClientEvent(event: RoomEvent, unsigned: JsonObject): ClientEvent;
}

/** What `unsigned` has as `m.relations` (https://spec.matrix.org/v1.19/client-server-api/#aggregations-of-child-events). */
export function relationsForClients(aggregations: EventAggregations, format: ChildFormat): JsonObject {
  const { replacement, references, thread } = aggregations;
  return {
    ...(replacement !== undefined && { 'm.replace': { ...childForClients(replacement, format) } }),
    ...(references.length > 0 && { 'm.reference': { chunk: references.map((id) => ({ event_id: id })) } }),
    ...(thread !== undefined && {
      'm.thread': {
        latest_event: { ...childForClients(thread.latest, format) },
        count: thread.count,
        current_user_participated: thread.hasParticipated,
      },
    }),
  };
}

function childForClients({ shown: { event }, membership, aggregations }: ChildEvent, format: ChildFormat): ClientEvent {
  return format.toClientEvent(event, {
    age: format.now - event.originServerTs,
    membership,
    ...(aggregations !== undefined && { 'm.relations': relationsForClients(aggregations, format) }),
  });
}
