import type { StoredEvent } from '@plexus/storage';

/**
 * Of some predecessors those that are as good as missing: an event that cites them needs the state after them, and one that is stored as an
 * outlier has none.
 */
export function withoutPlace(
  eventIds: Iterable<string>,
  stored: ReadonlyMap<string, Pick<StoredEvent, 'stateAfter'>>,
): string[] {
  return [...eventIds].filter((eventId) => stored.get(eventId)?.stateAfter === undefined);
}
