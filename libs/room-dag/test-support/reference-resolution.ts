import { compareByCodePoint } from '@plexus/matrix-base';
import { authStateOf } from '../src/auth-rules/auth-state.ts';
import { authTypesForEvent } from '../src/auth-rules/auth-types-for-event.ts';
import { checkAuth } from '../src/auth-rules/check-auth.ts';
import { userPowerLevel } from '../src/auth-rules/power-levels.ts';
import type { RoomEvent } from '../src/pdu/pdu.ts';

/** Key text → event id. */
export type FullState = ReadonlyMap<string, string>;

export interface ReferenceRoom {
  readonly events: ReadonlyMap<string, RoomEvent>;
  readonly rejected: ReadonlySet<string>;
}

export function keyOf(event: { type: string; stateKey: string | undefined }): string {
  return JSON.stringify([event.type, event.stateKey]);
}

/**
 * State resolution v2 and v2.1, sentence by sentence as the specification has it, over full states and full auth chains. It is slow and
 * shares nothing with the real one but the authorization rules.
 */
export function resolveByTheBook(states: readonly FullState[], room: ReferenceRoom): Map<string, string> {
  const book = new Book(room);
  const { unconflicted, conflicted } = book.split(states);
  if (conflicted.size === 0) return unconflicted;
  const full = book.fullConflictedSet(states);
  const powerEvents = book.powerEventsOf(full);
  const state = new Map(book.isV21 ? [] : unconflicted);
  book.applyAllowed(book.sortByPower(powerEvents), state);
  const remaining = [...full].filter((eventId) => !powerEvents.has(eventId));
  book.applyAllowed(book.sortByMainline(remaining, state), state);
  for (const [key, eventId] of unconflicted) state.set(key, eventId);
  return state;
}

/** The definitions of the specification for one room. */
export class Book {
  readonly isV21: boolean;
  readonly #room: ReferenceRoom;
  readonly #create: RoomEvent | undefined;

  constructor(room: ReferenceRoom) {
    this.#room = room;
    this.#create = [...room.events.values()].find((event) => event.type === 'm.room.create');
    this.isV21 = this.#create?.rules.stateResolution === 'v2.1';
  }

  split(states: readonly FullState[]): { unconflicted: Map<string, string>; conflicted: Set<string> } {
    const unconflicted = new Map<string, string>();
    const conflicted = new Set<string>();
    for (const key of new Set(states.flatMap((state) => [...state.keys()]))) {
      const values = states.map((state) => state.get(key));
      const [first] = values;
      if (first !== undefined && values.every((value) => value === first)) unconflicted.set(key, first);
      else for (const value of values) if (value !== undefined) conflicted.add(value);
    }
    return { unconflicted, conflicted };
  }

  authDifference(states: readonly FullState[]): Set<string> {
    const chains = states.map(
      (state) => new Set([...state.values()].flatMap((eventId) => [...this.authChain(eventId)])),
    );
    const union = chains.flatMap((chain) => [...chain]);
    return new Set(union.filter((eventId) => !chains.every((chain) => chain.has(eventId))));
  }

  conflictedSubgraph(states: readonly FullState[]): Set<string> {
    const { conflicted } = this.split(states);
    const isBelow = (eventId: string): boolean =>
      [...conflicted].some((above) => above === eventId || this.authChain(above).has(eventId));
    const isAbove = (eventId: string): boolean =>
      [eventId, ...this.authChain(eventId)].some((below) => conflicted.has(below));
    const paths = [...this.#room.events.keys()].filter((eventId) => isBelow(eventId) && isAbove(eventId));
    return new Set(paths);
  }

  fullConflictedSet(states: readonly FullState[]): Set<string> {
    const subgraph = this.isV21 ? this.conflictedSubgraph(states) : [];
    return new Set([...this.split(states).conflicted, ...this.authDifference(states), ...subgraph]);
  }

  authChain(eventId: string, chain = new Set<string>()): Set<string> {
    for (const auth of this.#get(eventId).authEvents) {
      if (chain.has(auth)) continue;
      chain.add(auth);
      this.authChain(auth, chain);
    }
    return chain;
  }

  powerEventsOf(full: ReadonlySet<string>): Set<string> {
    const selected = new Set<string>();
    for (const eventId of full) {
      if (!isPowerEvent(this.#get(eventId))) continue;
      selected.add(eventId);
      for (const auth of this.authChain(eventId)) if (full.has(auth)) selected.add(auth);
    }
    return selected;
  }

  sortByPower(events: ReadonlySet<string>): string[] {
    const sorted: string[] = [];
    const isReady = (event: RoomEvent): boolean =>
      event.authEvents.every((auth) => !events.has(auth) || sorted.includes(auth));
    while (sorted.length < events.size) {
      const open = [...events].filter((eventId) => !sorted.includes(eventId)).map((eventId) => this.#get(eventId));
      const [smallest] = open
        .filter(isReady)
        .sort((a, b) => compareDown(this.#powerOf(a), this.#powerOf(b)) || compareByTime(a, b));
      if (smallest === undefined) throw new Error('The auth events have a cycle');
      sorted.push(smallest.eventId);
    }
    return sorted;
  }

  sortByMainline(events: readonly string[], state: FullState): string[] {
    const mainline: string[] = [];
    const top = state.get(keyOf({ type: 'm.room.power_levels', stateKey: '' }));
    let at = top === undefined ? undefined : this.#get(top);
    for (; at !== undefined; at = this.#levelsOf(at)) mainline.push(at.eventId);
    const positionOf = (event: RoomEvent): number => {
      let e = this.#levelsOf(event);
      while (e !== undefined && !mainline.includes(e.eventId)) e = this.#levelsOf(e);
      return e === undefined ? Infinity : mainline.indexOf(e.eventId);
    };
    const sorted = events.map((eventId) => this.#get(eventId));
    sorted.sort((a, b) => compareDown(positionOf(a), positionOf(b)) || compareByTime(a, b));
    return sorted.map(({ eventId }) => eventId);
  }

  applyAllowed(eventIds: readonly string[], state: Map<string, string>): void {
    for (const eventId of eventIds) {
      const event = this.#get(eventId);
      const implied = this.#create !== undefined && this.isV21 ? [this.#create] : [];
      const accepted = event.authEvents.filter((auth) => !this.#room.rejected.has(auth)).map((auth) => this.#get(auth));
      const found = authTypesForEvent(event).map((key) => state.get(keyOf(key)));
      const current = found.filter((id) => id !== undefined).map((id) => this.#get(id));
      const authState = authStateOf([...implied, ...accepted, ...current]);
      if (checkAuth(event, authState).outcome === 'allow') state.set(keyOf(event), eventId);
    }
  }

  #get(eventId: string): RoomEvent {
    const event = this.#room.events.get(eventId);
    if (event === undefined) throw new Error(`No event ${eventId}`);
    return event;
  }

  #levelsOf(event: RoomEvent): RoomEvent | undefined {
    const cited = event.authEvents.map((auth) => this.#get(auth));
    return cited.find(({ type, stateKey }) => type === 'm.room.power_levels' && stateKey === '');
  }

  #powerOf(event: RoomEvent): number {
    return userPowerLevel(event.sender, this.#create, this.#levelsOf(event));
  }
}

function isPowerEvent(event: RoomEvent): boolean {
  if (event.type === 'm.room.power_levels' || event.type === 'm.room.join_rules') return true;
  const membership = event.content['membership'];
  const isRemoval = event.type === 'm.room.member' && (membership === 'leave' || membership === 'ban');
  return isRemoval && event.sender !== event.stateKey;
}

/** The greater first; infinities are equal. */
function compareDown(a: number, b: number): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}

function compareByTime(a: RoomEvent, b: RoomEvent): number {
  return a.originServerTs - b.originServerTs || compareByCodePoint(a.eventId, b.eventId);
}
