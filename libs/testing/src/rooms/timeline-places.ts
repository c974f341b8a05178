import type { StoredEvent, TimelinePlace } from '@plexus/storage';

export function placeOf({
  topologicalPosition,
  eventNid,
}: Pick<StoredEvent, 'topologicalPosition' | 'eventNid'>): TimelinePlace {
  return { topologicalPosition: topologicalPosition ?? 0, eventNid };
}

/** Negative where the first one is earlier. */
export function comparePlaces(a: TimelinePlace, b: TimelinePlace): number {
  return a.topologicalPosition - b.topologicalPosition || a.eventNid - b.eventNid;
}
