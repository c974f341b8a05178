import type { RoomEvent } from '../pdu/pdu.ts';
import { Heap } from './heap.ts';
import type { RoomReader } from './room-reader.ts';
import type { Conflict } from './split-conflicted.ts';

/**
 * The auth difference (https://spec.matrix.org/v1.19/rooms/v2/#definitions): the events that are in the full auth chain of some state
 * but not of every state.
 *
 * Only the conflicted events are walked down from, each event remembering as bits which states reach it, the deepest first, until what
 * remains is reached by all. Unconflicted events are in every state and so put their chains into every full chain; whether one of them
 * has a candidate in its chain is found by searching upwards from the candidate. The create event is left out: all states have it, so that it
 * changes no result, and all events of the room cite it.
 */
export function authDifference(conflict: Conflict, reader: RoomReader): Set<string> {
  const candidates = partlyReached(conflict, reader);
  return withoutCommonChains(candidates, reader);
}

/** An event on the way down and the states from which it was reached. */
interface Reached {
  readonly event: RoomEvent;
  readonly authDepth: number;
  states: bigint;
}

/** The events that not all conflicted parts reach, in descending order of auth depth. */
function partlyReached(conflict: Conflict, reader: RoomReader): Map<string, RoomEvent> {
  const walk = new DownwardWalk(conflict.width, reader);
  for (const { value } of conflict.entries) {
    for (const [index, eventId] of value.entries()) {
      if (eventId !== undefined) walk.reachAuthEvents(reader.find(eventId), 1n << BigInt(index));
    }
  }
  const candidates = new Map<string, RoomEvent>();
  for (const { event, states } of walk.visit()) {
    if (states !== walk.all && event.type !== 'm.room.create') candidates.set(event.eventId, event);
  }
  return candidates;
}

class DownwardWalk {
  readonly all: bigint;
  readonly #reader: RoomReader;
  readonly #reached = new Map<string, Reached>();
  readonly #queue = new Heap<Reached>((a, b) => b.authDepth - a.authDepth);
  /** How many in the queue are not reached by all states. */
  #undecided = 0;

  constructor(width: number, reader: RoomReader) {
    this.all = (1n << BigInt(width)) - 1n;
    this.#reader = reader;
  }

  /** @NOTE An event comes after all that cite it, since its auth depth is smaller: its states are final when it is visited. */
  *visit(): Generator<Reached> {
    while (this.#undecided > 0) {
      const next = this.#queue.pop();
      if (next === undefined) return;
      if (next.states !== this.all) this.#undecided -= 1;
      yield next;
      this.reachAuthEvents(next.event, this.#reader.isUnconflicted(next.event) ? this.all : next.states);
    }
  }

  reachAuthEvents(event: RoomEvent | undefined, states: bigint): void {
    for (const auth of this.#reader.findAll(event?.authEvents ?? [])) this.#reach(auth, states);
  }

  #reach(event: RoomEvent, states: bigint): void {
    const known = this.#reached.get(event.eventId);
    if (known !== undefined) return this.#addStates(known, states);
    const reached = { event, authDepth: this.#reader.authDepth(event), states };
    this.#reached.set(event.eventId, reached);
    this.#queue.push(reached);
    if (states !== this.all) this.#undecided += 1;
  }

  #addStates(reached: Reached, states: bigint): void {
    if (reached.states === this.all) return;
    reached.states |= states;
    if (reached.states === this.all) this.#undecided -= 1;
  }
}

/** Leaves out the events in the auth chain of an unconflicted event, and with each of them its own auth chain. */
function withoutCommonChains(candidates: ReadonlyMap<string, RoomEvent>, reader: RoomReader): Set<string> {
  const search = new UpwardSearch(reader);
  const common = new Set<string>();
  for (const { eventId, authEvents } of candidates.values()) {
    if (!common.has(eventId) && !search.leadsToUnconflicted(eventId)) continue;
    common.add(eventId);
    for (const auth of authEvents) common.add(auth);
  }
  return new Set([...candidates.keys()].filter((eventId) => !common.has(eventId)));
}

class UpwardSearch {
  readonly #reader: RoomReader;
  readonly #known = new Map<string, boolean>();

  constructor(reader: RoomReader) {
    this.#reader = reader;
  }

  /**
   * Whether the event is in the auth chain of an event that all states have. Where something is missing the search stops, notes it and
   * answers no: the answer then means nothing.
   */
  leadsToUnconflicted(start: string): boolean {
    const citedBy = new Map<string, string>();
    const visited = new Set([start]);
    const stack = [start];
    for (let eventId = stack.pop(); eventId !== undefined; eventId = stack.pop()) {
      if (this.#known.get(eventId) === false) continue;
      const { events: children, isComplete } = this.#reader.authChildren(eventId);
      const isFound = this.#known.get(eventId) ?? children.some((child) => this.#reader.isUnconflicted(child));
      if (isFound) return this.#rememberPath(eventId, citedBy);
      if (!isComplete) this.#reader.noteMissingChildren(eventId);
      if (!isComplete || this.#reader.isStateMissing) return false;
      for (const child of children.toReversed()) {
        if (visited.has(child.eventId)) continue;
        visited.add(child.eventId);
        citedBy.set(child.eventId, eventId);
        stack.push(child.eventId);
      }
    }
    for (const eventId of visited) this.#known.set(eventId, false);
    return false;
  }

  /** What lies on the way from the start to the find leads there too. */
  #rememberPath(found: string, citedBy: ReadonlyMap<string, string>): true {
    for (let at: string | undefined = found; at !== undefined; at = citedBy.get(at)) this.#known.set(at, true);
    return true;
  }
}
