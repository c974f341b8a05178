import { citedIds } from './verify-events.ts';
import type { VerifiedEvent } from './verify-events.ts';

/** Events that can be given a place, oldest first. */
export interface ChosenTimeline {
  readonly events: readonly VerifiedEvent[];
  /** The oldest, where events before it are not here: the state before it has to be asked for. */
  readonly anchor: VerifiedEvent | undefined;
}

/**
 * Chooses of a part of a room's history what can be given a place by the state before one event: an event whose predecessors are all placed, or
 * chosen too. Where several events have predecessors that nobody gave, the history begins with the newest of them, so that every choice has the newest
 * events; what lies before it or beside it is asked for later. The caller gives the events with the least depth first.
 */
export function chooseTimeline(events: readonly VerifiedEvent[], placed: ReadonlySet<string>): ChosenTimeline {
  const candidates = events.filter(({ eventId }) => !placed.has(eventId));
  const known = new Set([...placed, ...candidates.map(({ eventId }) => eventId)]);
  const anchor = candidates.findLast((event) => previousOf(event).some((eventId) => !known.has(eventId)));
  const reached = new Set(placed);
  if (anchor !== undefined) reached.add(anchor.eventId);
  return { events: [...(anchor === undefined ? [] : [anchor]), ...inOrder(candidates, anchor, reached)], anchor };
}

function previousOf({ pdu }: VerifiedEvent): string[] {
  return citedIds(pdu, 'prev_events');
}

/** Each event after those that it follows, whatever depth it claims. */
function inOrder(
  candidates: readonly VerifiedEvent[],
  anchor: VerifiedEvent | undefined,
  reached: Set<string>,
): VerifiedEvent[] {
  const ordered: VerifiedEvent[] = [];
  let waiting = candidates.filter(
    (event) => event !== anchor && (anchor === undefined || previousOf(event).length > 0),
  );
  for (;;) {
    const ready = waiting.filter((event) => previousOf(event).every((eventId) => reached.has(eventId)));
    if (ready.length === 0) return ordered;
    for (const { eventId } of ready) reached.add(eventId);
    ordered.push(...ready);
    waiting = waiting.filter(({ eventId }) => !reached.has(eventId));
  }
}
