import type { StateKey } from '@plexus/room-dag';
import type { RoomPlace, StateReader } from '@plexus/room-view';
import type { LogRow } from '../log/log-row.ts';
import type { Timeline } from './timeline.ts';

/** Entries of room state by their keys, each with the event that stands for it. */
export class StateEntries {
  readonly #entries = new Map<string, StateKey & { readonly eventNid: number }>();

  get eventNids(): number[] {
    return [...this.#entries.values()].map(({ eventNid }) => eventNid).sort((a, b) => a - b);
  }

  find(type: string, stateKey: string): number | undefined {
    return this.#entries.get(nameOf(type, stateKey))?.eventNid;
  }

  hasMembers(): boolean {
    return [...this.#entries.values()].some(({ type }) => type === 'm.room.member');
  }

  /** A key without event is left as it is: no response can take an entry of state away. */
  set({ type, stateKey, eventNid }: StateKey & { readonly eventNid: number | undefined }): void {
    if (eventNid !== undefined) this.#entries.set(nameOf(type, stateKey), { type, stateKey, eventNid });
  }

  values(): Iterable<StateKey & { readonly eventNid: number }> {
    return this.#entries.values();
  }
}

function nameOf(type: string, stateKey: string): string {
  return `${type.length} ${type}${stateKey}`;
}

/** What became of room state between the client's position and the end of a timeline. */
export interface StateChanges {
  /** Between the client's position and the start of the timeline. */
  readonly before: StateEntries;
  /** Between the start of the timeline and its end. */
  readonly during: StateEntries;
}

/**
 * Finds the changes of state around a timeline: from its rows, where all of them are known, else from the tries, where equal subtrees cost
 * nothing. Nothing where the client's state is no longer stored.
 */
export async function findStateChanges(
  timeline: Timeline,
  sinceRoot: number,
  { place, states }: { readonly place: RoomPlace; readonly states: StateReader },
): Promise<StateChanges | undefined> {
  if (timeline.rows !== undefined) return changesOfRows(timeline.rows, timeline);
  const before = await states.diff(place, sinceRoot, timeline.startRoot);
  const during = await states.diff(place, timeline.startRoot, timeline.endRoot);
  if (before === undefined || during === undefined) return undefined;
  return {
    before: entriesOf(before.map((change) => ({ ...change, eventNid: change.after }))),
    during: entriesOf(during.map((change) => ({ ...change, eventNid: change.after }))),
  };
}

function changesOfRows(rows: readonly LogRow[], timeline: Timeline): StateChanges {
  const first = timeline.entries[0]?.event;
  const start = first === undefined ? rows.length : rows.findIndex((row) => row.event === first);
  return { before: changesOf(rows.slice(0, start)), during: changesOf(rows.slice(start)) };
}

function changesOf(rows: readonly LogRow[]): StateEntries {
  return entriesOf(rows.flatMap((row) => row.changedState ?? []));
}

export function entriesOf(list: Iterable<StateKey & { readonly eventNid: number | undefined }>): StateEntries {
  const entries = new StateEntries();
  for (const entry of list) entries.set(entry);
  return entries;
}
