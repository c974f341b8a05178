import type { LogRow } from '../log/log-row.ts';
import type { TimelineEntry } from './timeline-entry.ts';

export interface EntryOfRow {
  readonly row: LogRow;
  readonly entry: TimelineEntry;
}

/**
 * How many of the oldest entries a client must not get if it takes the timeline's state events for the room's state: those up to the
 * last one whose key was changed again by a row that is not in the timeline, because it is hidden or filtered out. Both lists
 * are in the order of the log, newest first.
 */
export function countStaleEntries(rows: readonly LogRow[], entries: readonly EntryOfRow[]): number {
  const entryOf = new Map(entries.map(({ row }, index) => [row, index]));
  const settled = new Set<string>();
  const untold = new Set<string>();
  for (const row of rows) {
    const index = entryOf.get(row);
    for (const key of keysOf(row)) {
      if (settled.has(key)) continue;
      if (index === undefined) untold.add(key);
      else if (untold.has(key)) return entries.length - index;
      else settled.add(key);
    }
  }
  return 0;
}

/** The keys of room state that a row changed. */
function keysOf({ event, changedState, previousRoot, currentRoot }: LogRow): readonly string[] {
  if (previousRoot === currentRoot) return [];
  if (changedState !== undefined) return changedState.map(({ type, stateKey }) => `${type.length} ${type}${stateKey}`);
  const { type, stateKey } = event?.traits ?? {};
  return type === undefined || stateKey === undefined ? [] : [`${type.length} ${type}${stateKey}`];
}
