import type { StateReader } from '@plexus/room-view';
import type { RoomReader, RoomRecord } from '@plexus/storage';
import type { EventToStage } from './stage-events.ts';

export interface CompareStatesPorts {
  readonly rooms: Pick<RoomReader, 'findEvents' | 'findEventNids'>;
  readonly states: Pick<StateReader, 'list'>;
}

/** The state before a stored event, from which another one differs by little. */
export interface StateBase {
  readonly eventId: string;
  readonly root: number;
}

/** A state that another server names, and its auth chain. */
export interface NamedState {
  readonly stateIds: readonly string[];
  readonly authIds: readonly string[];
  readonly base: StateBase | undefined;
}

/** What is here of a state, compared with the base. */
export interface StatesHere {
  /** Events of the state and its auth chain that are not stored. */
  readonly missing: readonly string[];
  /** Events of the state that the base has not; all of it without a base. */
  readonly added: readonly string[];
  /** Events of the base that the state has not. */
  readonly removed: readonly EventToStage[];
}

/** So many numbers are looked up, and so many events read, at once. */
const IDS_AT_ONCE = 2_000;
const EVENTS_AT_ONCE = 500;

/** Compares by numbers alone: no event is read that both states have. Nothing where the base is no longer stored. */
export async function compareStates(
  { rooms, states }: CompareStatesPorts,
  room: RoomRecord,
  { stateIds, authIds, base }: NamedState,
): Promise<StatesHere | undefined> {
  const wanted = [...new Set([...stateIds, ...authIds])];
  const nids = new Map<string, number>();
  for (const ids of piecesOf(wanted, IDS_AT_ONCE))
    for (const [eventId, eventNid] of await rooms.findEventNids(room.shard, room.roomNid, ids))
      nids.set(eventId, eventNid);
  const entries = base === undefined ? [] : await states.list(room, base.root, 'all');
  if (entries === undefined) return undefined;
  const inBase = new Set(entries.map(({ eventNid }) => eventNid));
  const added = [...new Set(stateIds)].filter((eventId) => !inBase.has(nids.get(eventId) ?? Number.NaN));
  for (const eventId of stateIds) inBase.delete(nids.get(eventId) ?? Number.NaN);
  const removed: EventToStage[] = [];
  for (const gone of piecesOf([...inBase], EVENTS_AT_ONCE))
    for (const { eventId, json } of (await rooms.findEvents(room.shard, gone)).values())
      removed.push({ eventId, bytes: json });
  return { missing: wanted.filter((eventId) => !nids.has(eventId)), added, removed };
}

/** A list in parts of so many. */
export function* piecesOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let first = 0; first < all.length; first += size) yield all.slice(first, first + size);
}
