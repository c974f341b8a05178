import type { RoomPlace, StateReader } from '@plexus/room-view';
import { StorageError } from '@plexus/storage';
import type { EventStore } from '../log/event-store.ts';
import type { RoomRows } from '../log/room-rows.ts';
import type { ServedEvent } from '../log/served-event.ts';
import type { SentMembers } from './sent-members.ts';
import type { RoomTask } from './room-task.ts';
import { entriesOf, findStateChanges, StateEntries } from './state-changes.ts';
import type { StateChanges } from './state-changes.ts';
import type { Timeline } from './timeline.ts';

export interface StateBlockRequest {
  readonly place: RoomPlace;
  readonly timeline: Timeline;
  /** The client has nothing of this room, or wants everything again. */
  readonly isFull: boolean;
  /** Whom the room is named after, if it must be. */
  readonly heroes: readonly string[];
  readonly sent: SentMembers;
}

export interface StateBlockReaderOptions {
  readonly states: StateReader;
  readonly events: EventStore;
  readonly rows: RoomRows;
}

/** Reads `state` or `state_after` of a room (https://spec.matrix.org/v1.19/client-server-api/#syncing). */
export class StateBlockReader {
  readonly #options: StateBlockReaderOptions;

  constructor(options: StateBlockReaderOptions) {
    this.#options = options;
  }

  /** What became of the room's state since the client's position; nothing where all of it has to be told. */
  async findChanges(task: RoomTask, { place, timeline, isFull }: StateBlockRequest): Promise<StateChanges | undefined> {
    if (isFull) return undefined;
    const sinceRoot = timeline.rows === undefined ? await this.#options.rows.rootAt(task.room, task.since) : 0;
    return await findStateChanges(timeline, sinceRoot, { place, states: this.#options.states });
  }

  async read(
    task: RoomTask,
    request: StateBlockRequest,
    changes: StateChanges | undefined,
  ): Promise<readonly ServedEvent[]> {
    const entries = changes === undefined ? await this.#listAll(task, request) : entriesOf(changes.before.values());
    if (changes !== undefined && task.request.useStateAfter) addAll(entries, changes.during);
    if (!task.request.useStateAfter) await this.#addUntold(task, { entries, request, changes });
    if (task.request.filter.lazyLoadsMembers) await this.#addMembers(task, { entries, request, changes });
    return await this.#load(task, request.place, entries);
  }

  async #listAll({ request }: RoomTask, { place, timeline }: StateBlockRequest): Promise<StateEntries> {
    const root = request.useStateAfter ? timeline.endRoot : timeline.startRoot;
    const select = request.filter.lazyLoadsMembers ? 'nonMembers' : 'all';
    const { states } = this.#options;
    const list = (await states.list(place, root, select)) ?? (await states.list(place, timeline.endRoot, select));
    if (list === undefined) throw new StorageError(`state ${timeline.endRoot} of room ${place.roomNid} is not stored`);
    return entriesOf(list);
  }

  /**
   * Without `state_after` a client takes the timeline's state events for the state at its end. What changed meanwhile without an event in
   * the timeline (the filter left it out, or state resolution decided otherwise) is told as if it had been so from the start.
   */
  async #addUntold(task: RoomTask, { entries, request, changes }: Draft): Promise<void> {
    if (task.membership.membership !== 'join') return;
    const { place, timeline } = request;
    const during = changes?.during ?? (await this.#changesDuring(place, timeline));
    for (const change of during.values()) {
      if (!timeline.entries.some(({ event }) => isOfKey(event, change))) entries.set(change);
    }
  }

  async #changesDuring(place: RoomPlace, { startRoot, endRoot }: Timeline): Promise<StateEntries> {
    if (startRoot === endRoot) return new StateEntries();
    const differences = await this.#options.states.diff(place, startRoot, endRoot);
    return entriesOf((differences ?? []).map((change) => ({ ...change, eventNid: change.after })));
  }

  /** Members whom the client needs to show the timeline, as far as it does not have them. */
  async #addMembers(task: RoomTask, { entries, request, changes }: Draft): Promise<void> {
    const { place, timeline, isFull, heroes, sent } = request;
    const own = isFull ? [task.request.userId] : [];
    const wanted = new Set([...timeline.entries.map(({ event }) => event.traits.sender), ...heroes, ...own]);
    const unsure = [...wanted].filter((userId) => {
      if (entries.find('m.room.member', userId) !== undefined) return false;
      const isChanged = changes?.during.find('m.room.member', userId) !== undefined;
      return isFull || isChanged || timeline.rows === undefined || !sent.has(task.room, userId);
    });
    const root = task.request.useStateAfter ? timeline.endRoot : timeline.startRoot;
    const keys = unsure.map((stateKey) => ({ type: 'm.room.member', stateKey }));
    const nids = keys.length === 0 ? [] : ((await this.#options.states.lookup(place, root, keys)) ?? []);
    for (const [index, key] of keys.entries()) {
      const eventNid = nids[index];
      if (isFull || !sent.hasEvent(task.room, { userId: key.stateKey, eventNid })) entries.set({ ...key, eventNid });
    }
  }

  async #load({ request, room }: RoomTask, place: RoomPlace, entries: StateEntries): Promise<readonly ServedEvent[]> {
    const nids = entries.eventNids;
    const events = await this.#options.events.load(place, nids);
    return nids.flatMap((nid) => {
      const event = events.get(nid);
      return event !== undefined && request.filter.matchesState(room.roomId, event.traits) ? [event] : [];
    });
  }
}

interface Draft {
  readonly entries: StateEntries;
  readonly request: StateBlockRequest;
  readonly changes: StateChanges | undefined;
}

function addAll(entries: StateEntries, more: StateEntries): void {
  for (const entry of more.values()) entries.set(entry);
}

function isOfKey({ traits }: ServedEvent, { type, stateKey }: { type: string; stateKey: string }): boolean {
  return traits.type === type && traits.stateKey === stateKey;
}
