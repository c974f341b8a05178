import { canRedact, redactEvent } from '@plexus/room-dag';
import type { AuthState, RoomEvent } from '@plexus/room-dag';
import type { KnownEvent } from './known-event.ts';
import type { RoomView } from './room-view.ts';

/**
 * A state as it is shown: without what was redacted. What decides by keys that a redaction keeps (the authorization rules) reads the state as it is
 * stored; everything else reads it here. What is missing for it is noted in the view.
 */
export function shownState(view: RoomView, root: number): AuthState {
  return { find: (type, stateKey) => shownStateEvent(view, root, { type, stateKey }) };
}

/** The event that stands for a key in a state, as it is shown; the same object for as long as it is remembered and nothing redacts it. */
export function shownStateEvent(
  view: RoomView,
  root: number,
  { type, stateKey }: { readonly type: string; readonly stateKey: string },
): RoomEvent | undefined {
  const known = view.stateEvent(root, type, stateKey);
  return known && shownEvent(view, known);
}

/** @NOTE What is remembered of a state may have its events as they were before they were redacted. */
function shownEvent(view: RoomView, { eventNid, event }: KnownEvent): RoomEvent {
  const redactedBy = view.event(eventNid)?.redactedBy ?? [];
  return isRedacted(view, { event, redactedBy }) ? redactEvent(event).event : event;
}

/** Whether any of the redactions that name an event takes effect on it. What is missing for it is noted in the view. */
export function isRedacted(view: RoomView, { event, redactedBy }: Pick<KnownEvent, 'event' | 'redactedBy'>): boolean {
  return redactedBy.some((redactionId) => takesEffect(view, redactionId, event));
}

function takesEffect(view: RoomView, redactionId: string, redacted: RoomEvent): boolean {
  const redaction = view.eventById(redactionId);
  if (redaction?.status !== 'accepted') return false;
  return canRedact(redaction.event, redacted, view.authState(redaction.stateBefore ?? 0));
}
