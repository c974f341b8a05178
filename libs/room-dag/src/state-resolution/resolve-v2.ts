import type { RoomEvent, StateKey } from '../pdu/pdu.ts';
import { authDifference } from './auth-difference.ts';
import { conflictedSubgraph } from './conflicted-subgraph.ts';
import { applyAllowed } from './iterative-auth-check.ts';
import { sortByMainline } from './mainline-sort.ts';
import { PartialState } from './partial-state.ts';
import { selectPowerEvents, sortByPower } from './power-sort.ts';
import type { ResolvedEntry } from './resolution-input.ts';
import type { RoomReader } from './room-reader.ts';
import type { Conflict } from './split-conflicted.ts';
import { conflictedEventIds } from './split-conflicted.ts';

/**
 * State resolution of room versions 2 to 11 and, as 2.1, of 12 (https://spec.matrix.org/v1.19/rooms/v12/#algorithm). The result means
 * nothing while something is missing.
 */
export function resolveV2(conflict: Conflict, reader: RoomReader): ResolvedEntry[] {
  const fullConflicted = fullConflictedSet(conflict, reader);
  if (reader.missing !== undefined) return [];
  // 1.
  const selected = selectPowerEvents(fullConflicted, reader);
  const powerEvents = sortByPower(selected, reader);
  if (reader.missing !== undefined) return [];
  // 2.
  const state = new PartialState(
    reader.rules.stateResolution === 'v2.1' ? emptyBase : (key) => reader.findUnconflicted(key),
  );
  applyAllowed(powerEvents, state, reader);
  if (reader.missing !== undefined) return [];
  // 3.
  const remaining = fullConflicted.filter((event) => !selected.has(event));
  const sorted = sortByMainline(remaining, findPowerLevels(state, reader), reader);
  if (reader.missing !== undefined) return [];
  // 4.
  applyAllowed(sorted, state, reader);
  if (reader.missing !== undefined) return [];
  // 5.
  return changesOf(state, conflict, reader);
}

/** The conflicted state set, the auth difference and, in version 2.1, the conflicted state subgraph. */
function fullConflictedSet(conflict: Conflict, reader: RoomReader): RoomEvent[] {
  const conflicted = conflictedEventIds(conflict);
  const full = new Set([...conflicted, ...authDifference(conflict, reader)]);
  if (reader.rules.stateResolution === 'v2.1') {
    for (const eventId of conflictedSubgraph(conflicted, reader)) full.add(eventId);
  }
  return reader.findAll(full);
}

function emptyBase(): undefined {
  return undefined;
}

function findPowerLevels(state: PartialState, reader: RoomReader): RoomEvent | undefined {
  const eventId = state.find({ type: 'm.room.power_levels', stateKey: '' });
  return eventId === undefined ? undefined : reader.find(eventId);
}

/** The unconflicted state wins over what was applied; of the keys that it lacks, the applied events are the result. */
function changesOf(state: PartialState, { entries }: Conflict, reader: RoomReader): ResolvedEntry[] {
  const changes: ResolvedEntry[] = [];
  for (const key of entries) changes.push(entryOf(key, state.applied.find(key)));
  for (const applied of state.applied) {
    const isNew = !entries.has(applied) && reader.findUnconflicted(applied) === undefined;
    if (isNew) changes.push(entryOf(applied, applied.value));
  }
  return changes;
}

function entryOf({ type, stateKey }: StateKey, eventId: string | undefined): ResolvedEntry {
  return { type, stateKey, eventId };
}
