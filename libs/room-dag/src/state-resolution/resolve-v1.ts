import { hash } from 'node:crypto';
import type { AuthState } from '../auth-rules/auth-state.ts';
import { authTypesForEvent } from '../auth-rules/auth-types-for-event.ts';
import { checkAuth } from '../auth-rules/check-auth.ts';
import type { RoomEvent, StateKey } from '../pdu/pdu.ts';
import { PartialState } from './partial-state.ts';
import type { ResolvedEntry } from './resolution-input.ts';
import type { RoomReader } from './room-reader.ts';
import type { Conflict } from './split-conflicted.ts';

/** The types whose conflicts are resolved one after the other, before all others. */
const AUTH_TYPES = ['m.room.power_levels', 'm.room.join_rules', 'm.room.member'];

/**
 * State resolution of room version 1 (https://spec.matrix.org/v1.19/rooms/v1/#state-resolution). A key that some states lack is no
 * conflict here: what the others have is taken. Nothing is returned while something is missing.
 */
export function resolveV1(conflict: Conflict, reader: RoomReader): ResolvedEntry[] {
  const state = new PartialState((key) => reader.findUnconflicted(key));
  const open = applyUnion(conflict, state, reader);
  for (const { candidates } of open) for (const candidate of candidates) readAll(candidate.event, state, reader);
  if (reader.missing !== undefined) return [];

  for (const type of AUTH_TYPES) {
    const ofType = open.filter(({ key }) => key.type === type);
    applyAll(
      ofType.map(({ key, candidates }) => ({ key, event: lastAllowedInRow(key, candidates, { state, reader }) })),
      state,
    );
  }
  const others = open.filter(({ key }) => !AUTH_TYPES.includes(key.type));
  applyAll(
    others.map(({ key, candidates }) => ({ key, event: highestAllowed(candidates, { state, reader }) })),
    state,
  );
  return [...state.applied].map(({ type, stateKey, value }) => ({ type, stateKey, eventId: value }));
}

/** An event in conflict; `sha1` of its id decides between equal depths. */
interface Candidate {
  readonly event: RoomEvent;
  readonly sha1: string;
}

interface OpenConflict {
  readonly key: StateKey;
  /** By ascending depth, then descending `sha1`. */
  readonly candidates: readonly Candidate[];
}

interface Context {
  readonly state: PartialState;
  readonly reader: RoomReader;
}

/** Applies the keys for which there is one event only, and returns the others. */
function applyUnion({ entries }: Conflict, state: PartialState, reader: RoomReader): OpenConflict[] {
  const open: OpenConflict[] = [];
  for (const { type, stateKey, value } of entries) {
    const [only, ...more] = new Set(value.filter((eventId) => eventId !== undefined));
    if (only === undefined) continue;
    if (more.length === 0) state.applied.set({ type, stateKey }, only);
    else open.push({ key: { type, stateKey }, candidates: candidatesOf([only, ...more], reader) });
  }
  return open;
}

function candidatesOf(eventIds: readonly string[], reader: RoomReader): Candidate[] {
  const candidates = reader.findAll(eventIds).map((event) => ({ event, sha1: hash('sha1', event.eventId) }));
  return candidates.sort((a, b) => a.event.depth - b.event.depth || (a.sha1 < b.sha1 ? 1 : -1));
}

function readAll(event: RoomEvent, state: PartialState, reader: RoomReader): void {
  for (const key of authTypesForEvent(event)) {
    const eventId = state.find(key);
    if (eventId !== undefined) reader.find(eventId);
  }
}

/** Starts with the first event and follows the list for as long as each event is allowed with the one before it in place. */
function lastAllowedInRow(key: StateKey, candidates: readonly Candidate[], context: Context): RoomEvent | undefined {
  const [first, ...rest] = candidates;
  let chosen = first?.event;
  for (const { event } of rest) {
    if (checkAuth(event, authStateOf(context, key, chosen)).outcome !== 'allow') return chosen;
    chosen = event;
  }
  return chosen;
}

/**
 * The highest event that is allowed.
 * @NOTE The specification leaves open what happens if none is; as other servers do, the lowest is taken.
 */
function highestAllowed(candidates: readonly Candidate[], context: Context): RoomEvent | undefined {
  const state = authStateOf(context);
  const allowed = candidates.findLast(({ event }) => checkAuth(event, state).outcome === 'allow');
  return (allowed ?? candidates[0])?.event;
}

/** The state so far, with an event in place of one key. */
function authStateOf({ state, reader }: Context, replaced?: StateKey, by?: RoomEvent): AuthState {
  return {
    find: (type, stateKey) => {
      if (replaced !== undefined && type === replaced.type && stateKey === replaced.stateKey) return by;
      const eventId = state.find({ type, stateKey });
      return eventId === undefined ? undefined : reader.find(eventId);
    },
  };
}

/** @NOTE Conflicts of one type do not see each other's results: else the result would depend on their order. */
function applyAll(results: readonly { key: StateKey; event: RoomEvent | undefined }[], state: PartialState): void {
  for (const { key, event } of results) if (event !== undefined) state.applied.set(key, event.eventId);
}
