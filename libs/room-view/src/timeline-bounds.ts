import type { StoredEvent, TimelinePlace } from '@plexus/storage';

/** The place just before an event. */
export function placeBefore({ topologicalPosition, eventNid }: StoredEvent): TimelinePlace {
  return { topologicalPosition: topologicalPosition ?? 0, eventNid };
}

/** The place just after an event. */
export function placeAfter({ topologicalPosition, eventNid }: StoredEvent): TimelinePlace {
  return { topologicalPosition: topologicalPosition ?? 0, eventNid: eventNid + 1 };
}

/** The exclusive lower bound that takes in what comes after a place. */
export function lowerBound({ topologicalPosition, eventNid }: TimelinePlace): TimelinePlace {
  return { topologicalPosition, eventNid: eventNid - 1 };
}
