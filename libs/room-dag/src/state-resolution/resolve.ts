import type { Resolution, ResolutionInput, ResolvedEntry } from './resolution-input.ts';
import { resolveV1 } from './resolve-v1.ts';
import { resolveV2 } from './resolve-v2.ts';
import { RoomReader } from './room-reader.ts';
import type { Conflict } from './split-conflicted.ts';
import { splitConflicted } from './split-conflicted.ts';

/**
 * Resolves several room states into one by the room version's algorithm
 * (https://spec.matrix.org/v1.19/server-server-api/#room-state-resolution). The result does not depend on the order of the states or of
 * the conflicts. The caller guarantees that `conflicts` has every key in which the states differ, and the look-ups described there.
 */
export function resolveState(input: ResolutionInput): Resolution {
  const conflict = splitConflicted(input.conflicts);
  const reader = new RoomReader(input, conflict);
  const resolved = input.rules.stateResolution === 'v1' ? resolveV1(conflict, reader) : resolveV2(conflict, reader);
  return reader.missing ?? { outcome: 'resolved', changes: [...agreedEntries(conflict), ...resolved] };
}

function agreedEntries({ agreed }: Conflict): ResolvedEntry[] {
  return [...agreed].map(({ type, stateKey, value }) => ({ type, stateKey, eventId: value }));
}
