import { isEventId } from '@plexus/matrix-base';
import type { NewEvent } from '@plexus/storage';
import type { KnownEvent } from './known-event.ts';
import { relationOf } from './relation-of.ts';

/** The row of an event that has got its number and its places. */
export function newEventOf(
  known: KnownEvent,
  {
    shard,
    roomNid,
    json,
    authEvents,
    wasOutlier,
  }: Pick<NewEvent, 'shard' | 'roomNid' | 'json' | 'wasOutlier'> & { readonly authEvents: readonly KnownEvent[] },
): NewEvent {
  const { event, status } = known;
  return {
    shard,
    roomNid,
    eventNid: known.eventNid,
    eventId: event.eventId,
    topologicalPosition: known.topologicalPosition,
    streamPosition: known.streamPosition,
    stateBefore: known.stateBefore,
    stateAfter: known.stateAfter,
    authDepth: known.authDepth,
    status,
    json,
    authEventNids: event.stateKey === undefined ? [] : authEvents.map((cited) => cited.eventNid),
    redacts: isEventId(event.redacts) ? event.redacts : undefined,
    unread: known.unread,
    relation: status === 'accepted' ? relationOf(event) : undefined,
    wasOutlier,
  };
}
