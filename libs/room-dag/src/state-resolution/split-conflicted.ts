import type { StateConflictEntry } from './resolution-input.ts';
import { StateMap } from './state-map.ts';

/** What the states differ in. */
export interface Conflict {
  /** How many states there are. */
  readonly width: number;
  /** The keys in conflict with the event of each state. */
  readonly entries: StateMap<readonly (string | undefined)[]>;
  /** Keys that were given although all states have the same event there. */
  readonly agreed: StateMap<string>;
}

/**
 * Separates the conflicted from the unconflicted (https://spec.matrix.org/v1.19/rooms/v2/#definitions): a key that is in every state
 * with the same event is unconflicted. Callers give the keys that differ; others among them do no harm.
 */
export function splitConflicted(given: readonly StateConflictEntry[]): Conflict {
  const conflict = {
    width: 0,
    entries: new StateMap<readonly (string | undefined)[]>(),
    agreed: new StateMap<string>(),
  };
  for (const { type, stateKey, eventIds } of given) {
    conflict.width = Math.max(conflict.width, eventIds.length);
    const [first] = eventIds;
    const isAgreed = eventIds.every((eventId) => eventId === first);
    if (!isAgreed) conflict.entries.set({ type, stateKey }, eventIds);
    else if (first !== undefined) conflict.agreed.set({ type, stateKey }, first);
  }
  return conflict;
}

/** The conflicted state set: every event under a key in conflict. */
export function conflictedEventIds({ entries }: Conflict): Set<string> {
  const ids = new Set<string>();
  for (const { value } of entries) {
    for (const eventId of value) if (eventId !== undefined) ids.add(eventId);
  }
  return ids;
}
