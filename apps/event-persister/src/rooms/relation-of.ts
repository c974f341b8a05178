import { findRelation, isReplacement } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { sha256UrlSafe } from '@plexus/matrix-base';
import type { NewRelation } from '@plexus/storage';
import type { KnownEvent } from './known-event.ts';
import type { RoomView } from './room-view.ts';
import { isRedacted } from './shown-state.ts';

/** How an event relates to another one, as it is to be stored. */
export function relationOf(event: RoomEvent): NewRelation | undefined {
  const relation = findRelation(event.content);
  if (relation === undefined) return undefined;
  const { relationType, parentEventId, key } = relation;
  return {
    parentEventId,
    relationType,
    // @NOTE What no database keeps in a text must not stop the event.
    eventType: event.type.replaceAll('\0', '\uFFFD'),
    sender: event.sender,
    originServerTs: event.originServerTs,
    isReplacement: relationType === 'm.replace' && isReplacement(event),
    keyHash: relationType === 'm.annotation' && key !== undefined ? hashOfKey(key) : undefined,
  };
}

/** As `relationOf`, of an event that no redaction has taken apart: one that came before it counts where it takes effect. */
export function relationShown(
  view: RoomView,
  known: Pick<KnownEvent, 'event' | 'redactedBy'>,
): NewRelation | undefined {
  const relation = relationOf(known.event);
  return relation === undefined || isRedacted(view, known) ? undefined : relation;
}

/** Keys of annotations may be long, and hold anything. */
export function hashOfKey(key: string): string {
  return sha256UrlSafe(key);
}
