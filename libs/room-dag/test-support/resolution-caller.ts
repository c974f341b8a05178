import type { RoomEvent } from '../src/pdu/pdu.ts';
import { resolveState } from '../src/state-resolution/resolve.ts';
import type {
  AuthChild,
  AuthGraph,
  ResolutionInput,
  ResolvedEntry,
  StateConflictEntry,
  UnconflictedState,
} from '../src/state-resolution/resolution-input.ts';
import { NOT_LOADED } from '../src/state-resolution/resolution-input.ts';
import type { FullState, ReferenceRoom } from './reference-resolution.ts';
import { keyOf } from './reference-resolution.ts';

/**
 * Resolves full states as a caller with a database would: it has nothing loaded, gives only what differs, and after each answer loads
 * what is missing; of auth children two more each time.
 */
export function resolveWithLoading(states: readonly FullState[], room: ReferenceRoom): Map<string, string> {
  const { conflicts, shared } = splitStates(states);
  const loaded = new LoadedParts(room, shared);
  const { rules, roomId } = anyEventOf(room);
  const input: ResolutionInput = { roomId, rules, conflicts, unconflicted: loaded.unconflicted, events: loaded.graph };
  for (let round = 0; round < 1_000; round += 1) {
    const resolution = resolveState(input);
    if (resolution.outcome === 'resolved') return merge(shared, resolution.changes);
    resolution.eventIds.forEach((eventId) => loaded.events.add(eventId));
    resolution.stateKeys.forEach((key) => loaded.keys.add(keyOf(key)));
    resolution.authChildrenOf.forEach((eventId) => loaded.showMoreChildren(eventId));
  }
  throw new Error('Resolution asks for ever');
}

/** Everything that resolution reads, loaded. */
export function loadedInput(states: readonly FullState[], room: ReferenceRoom): ResolutionInput {
  const { conflicts, shared } = splitStates(states);
  const depths = authDepthsOf(room.events);
  const children = authChildrenOf(room.events);
  const { rules, roomId } = anyEventOf(room);
  return {
    roomId,
    rules,
    conflicts,
    unconflicted: { findEventId: (type, stateKey) => shared.get(keyOf({ type, stateKey })) },
    events: {
      find: (eventId) => room.events.get(eventId),
      isRejected: (eventId) => room.rejected.has(eventId),
      authDepth: (eventId) => depths.get(eventId) ?? 0,
      authChildren: (eventId) => ({ events: children.get(eventId) ?? [], isComplete: true }),
    },
  };
}

function anyEventOf({ events }: ReferenceRoom): RoomEvent {
  const [event] = events.values();
  if (event === undefined) throw new Error('The room is empty');
  return event;
}

/** What states differ in, and what they share. */
export function splitStates(states: readonly FullState[]): {
  conflicts: StateConflictEntry[];
  shared: Map<string, string>;
} {
  const shared = new Map<string, string>();
  const conflicts: StateConflictEntry[] = [];
  for (const key of new Set(states.flatMap((state) => [...state.keys()]))) {
    const eventIds = states.map((state) => state.get(key));
    const [first] = eventIds;
    const [type = '', stateKey = ''] = JSON.parse(key) as string[];
    if (first !== undefined && eventIds.every((eventId) => eventId === first)) shared.set(key, first);
    else conflicts.push({ type, stateKey, eventIds });
  }
  return { conflicts, shared };
}

/** The auth depths of all events of a room. */
export function authDepthsOf(events: ReadonlyMap<string, RoomEvent>): Map<string, number> {
  const depths = new Map<string, number>();
  const depthOf = (eventId: string): number => {
    const known = depths.get(eventId);
    if (known !== undefined) return known;
    const cited = events.get(eventId)?.authEvents ?? [];
    const depth = cited.length === 0 ? 0 : 1 + Math.max(...cited.map(depthOf));
    depths.set(eventId, depth);
    return depth;
  };
  for (const eventId of events.keys()) depthOf(eventId);
  return depths;
}

/** For each event the state events that cite it, the latest first. */
export function authChildrenOf(events: ReadonlyMap<string, RoomEvent>): Map<string, AuthChild[]> {
  const children = new Map<string, AuthChild[]>();
  for (const { eventId, type, stateKey, authEvents } of [...events.values()].toReversed()) {
    if (stateKey === undefined) continue;
    for (const auth of authEvents) {
      const ofAuth = children.get(auth);
      if (ofAuth === undefined) children.set(auth, [{ eventId, type, stateKey }]);
      else ofAuth.push({ eventId, type, stateKey });
    }
  }
  return children;
}

class LoadedParts {
  readonly events = new Set<string>();
  readonly keys = new Set<string>();
  readonly graph: AuthGraph;
  readonly unconflicted: UnconflictedState;
  readonly #shownChildren = new Map<string, number>();

  constructor(room: ReferenceRoom, shared: FullState) {
    const depths = authDepthsOf(room.events);
    const children = authChildrenOf(room.events);
    this.graph = {
      find: (eventId) => (this.events.has(eventId) ? room.events.get(eventId) : undefined),
      isRejected: (eventId) => room.rejected.has(eventId),
      authDepth: (eventId) => depths.get(eventId) ?? 0,
      authChildren: (eventId) => {
        const shown = this.#shownChildren.get(eventId);
        const all = children.get(eventId) ?? [];
        return shown === undefined ? undefined : { events: all.slice(0, shown), isComplete: shown >= all.length };
      },
    };
    this.unconflicted = {
      findEventId: (type, stateKey) => {
        const key = keyOf({ type, stateKey });
        return this.keys.has(key) ? shared.get(key) : NOT_LOADED;
      },
    };
  }

  showMoreChildren(eventId: string): void {
    this.#shownChildren.set(eventId, (this.#shownChildren.get(eventId) ?? 0) + 2);
  }
}

function merge(shared: FullState, changes: readonly ResolvedEntry[]): Map<string, string> {
  const merged = new Map(shared);
  for (const change of changes) if (change.eventId !== undefined) merged.set(keyOf(change), change.eventId);
  return merged;
}
