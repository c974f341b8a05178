import { decodeStateNode, lookupStates } from '@plexus/room-dag';
import type { AuthChildren, StateConflictEntry, StateKey, StateNode } from '@plexus/room-dag';
import { StorageError } from '@plexus/storage';
import type { CitingEvent, RoomOwnerReader, StoredEvent } from '@plexus/storage';
import { ResolutionThread } from './resolution-thread.ts';
import type { ResolutionAnswer, ResolutionQuestion, WorkerTask } from './resolution-worker.ts';
import { stateKeyName } from './state-key-name.ts';
import type { NumberedEntry, ResolutionEvent, ResolutionTask, StateResolver } from './state-resolver.ts';

/** So many events that cite one are loaded at once. */
const CITING_EVENTS = 50;
const MAX_ANCESTORS = 2_000;
/** So many events of a conflict are read at once: rows are parsed on the main thread. */
const CONFLICTED_EVENTS = 500;

/** More resolutions than this wait for one to end: each holds the events that it has read. */
const AT_ONCE = 8;

/**
 * Resolves states in another thread, which asks here for what it misses. While one room's resolution waits for Postgres, the thread goes on
 * with another room's.
 */
export class WorkerStateResolver implements StateResolver {
  readonly #rooms: RoomOwnerReader;
  readonly #thread = new ResolutionThread();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #lastId = 0;

  constructor(rooms: RoomOwnerReader) {
    this.#rooms = rooms;
  }

  async resolve(task: ResolutionTask): Promise<readonly NumberedEntry[]> {
    if (this.#underWay < AT_ONCE) this.#underWay += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.#resolve(task);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    }
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }

  async #resolve(task: ResolutionTask): Promise<readonly NumberedEntry[]> {
    const resolutionId = ++this.#lastId;
    const known = new KnownParts(task, this.#rooms);
    try {
      let message = await this.#thread.ask(resolutionId, { kind: 'task', task: await known.forWorker() });
      while (message.kind === 'missing') message = await this.#thread.ask(resolutionId, await known.answer(message));
      if (message.kind === 'resolved') return known.number(message.changes);
      throw new Error(message.because);
    } catch (error) {
      this.#thread.giveUp(resolutionId);
      throw error;
    }
  }
}

/** Reads what one resolution asks for. */
class KnownParts {
  readonly #task: ResolutionTask;
  readonly #rooms: RoomOwnerReader;
  readonly #eventNids = new Map<string, number>();
  /** Of the events in conflict, the uncommitted ones included. */
  readonly #numbers = new Map<string, number>();
  readonly #sent = new Set<string>();
  readonly #nodes = new Map<number, StateNode>();
  readonly #children = new Map<string, readonly CitingEvent[]>();
  /** How many events beyond those that are asked for are read with them. */
  #ancestors = 64;

  constructor(task: ResolutionTask, rooms: RoomOwnerReader) {
    this.#task = task;
    this.#rooms = rooms;
  }

  /** The task by the ids of its events, with those that are in conflict. */
  async forWorker(): Promise<WorkerTask> {
    const { roomId, roomVersion, conflicts, uncommitted } = this.#task;
    const idOf = new Map(uncommitted.map(({ eventNid, eventId }) => [eventNid, eventId]));
    for (const { eventNid, eventId } of uncommitted) this.#numbers.set(eventId, eventNid);
    const numbers = new Set(
      conflicts.flatMap(({ eventNids }) => eventNids).filter((eventNid) => eventNid !== undefined),
    );
    const events = await this.#readNumbered([...numbers].filter((eventNid) => !idOf.has(eventNid)));
    for (const { eventNid, eventId } of events) idOf.set(eventNid, eventId);
    const named: StateConflictEntry[] = conflicts.map(({ type, stateKey, eventNids }) => ({
      type,
      stateKey,
      eventIds: eventNids.map((eventNid) => (eventNid === undefined ? undefined : idOf.get(eventNid))),
    }));
    const known = [...uncommitted, ...events.map((event) => this.#toResolutionEvent(event))];
    return { roomId, roomVersion, conflicts: named, events: known };
  }

  /** Entries by the numbers of their events: a resolved state has only events that were in conflict. */
  number(entries: readonly (StateKey & { readonly eventId: string | undefined })[]): NumberedEntry[] {
    return entries.map(({ type, stateKey, eventId }) => ({
      type,
      stateKey,
      eventNid: eventId === undefined ? undefined : this.#numbers.get(eventId),
    }));
  }

  async answer(question: ResolutionQuestion): Promise<ResolutionAnswer> {
    const [events, authChildren, state] = await Promise.all([
      this.#readEvents(question.eventIds),
      this.#readChildren(question.authChildrenOf),
      this.#readState(question.stateKeys),
    ]);
    return { kind: 'answer', events, authChildren, state };
  }

  async #readNumbered(eventNids: readonly number[]): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (let first = 0; first < eventNids.length; first += CONFLICTED_EVENTS) {
      const some = eventNids.slice(first, first + CONFLICTED_EVENTS);
      const found = await this.#rooms.findEvents(this.#task.shard, some);
      if (found.size < some.length) throw new StorageError('an event of a state is not stored');
      events.push(...found.values());
    }
    for (const { eventId, eventNid } of events) this.#numbers.set(eventId, eventNid);
    return events;
  }

  /** @NOTE Each time further generations with them: a chain of power levels would be asked for one event after the other. */
  async #readEvents(eventIds: readonly string[]): Promise<ResolutionEvent[]> {
    if (eventIds.length === 0) return [];
    const { shard, roomNid } = this.#task;
    const limit = eventIds.length + this.#ancestors;
    this.#ancestors = Math.min(this.#ancestors * 4, MAX_ANCESTORS);
    const stored = await this.#rooms.findAuthChains(shard, roomNid, eventIds, limit);
    const found = new Set(stored.map(({ eventId }) => eventId));
    const absent = eventIds.find((eventId) => !found.has(eventId));
    if (absent !== undefined) throw new Error(`state resolution needs ${absent}, which is not stored`);
    const isNew = ({ eventId }: StoredEvent): boolean => !this.#sent.has(eventId);
    return stored.filter(isNew).map((event) => this.#toResolutionEvent(event));
  }

  /** @NOTE The bytes are copied: cloning a part of a buffer into another thread clones all of the buffer. */
  #toResolutionEvent({ eventId, eventNid, json, authDepth, status }: StoredEvent): ResolutionEvent {
    this.#eventNids.set(eventId, eventNid);
    this.#sent.add(eventId);
    return { eventId, json: Uint8Array.from(json), authDepth, isRejected: status === 'rejected' };
  }

  /** The next page of what cites each of these events. */
  async #readChildren(eventIds: readonly string[]): Promise<(readonly [string, AuthChildren])[]> {
    const { shard } = this.#task;
    const stored = new Map<string, number>();
    for (const eventId of eventIds) {
      const eventNid = this.#eventNids.get(eventId);
      if (eventNid !== undefined) stored.set(eventId, eventNid);
    }
    const pages = [...stored].map(([eventId, eventNid]) => {
      return { eventNid, before: this.#children.get(eventId)?.at(-1)?.eventNid };
    });
    const found = await this.#rooms.listCitingEvents(shard, pages, CITING_EVENTS);
    return eventIds.map((eventId) => [eventId, this.#withNextChildren(eventId, found.get(stored.get(eventId) ?? -1))]);
  }

  #withNextChildren(eventId: string, next: readonly CitingEvent[] = []): AuthChildren {
    const known = [...(this.#children.get(eventId) ?? []), ...next];
    this.#children.set(eventId, known);
    for (const child of next) this.#eventNids.set(child.eventId, child.eventNid);
    const latest = this.#task.uncommitted.filter(({ json }) => citesOf(json).includes(eventId)).map(toChild);
    return { events: [...latest.toReversed(), ...known], isComplete: next.length < CITING_EVENTS };
  }

  async #readState(keys: ResolutionQuestion['stateKeys']): Promise<(readonly [string, string | undefined])[]> {
    if (keys.length === 0) return [];
    const { shard, roomNid, base } = this.#task;
    for (;;) {
      const found = lookupStates(base, keys, { find: (nodeNid) => this.#nodes.get(nodeNid) });
      if (found.outcome === 'found') return this.#nameEvents(keys, found.eventNids);
      const nodes = await this.#rooms.findStateNodes(shard, roomNid, found.nodeIds);
      if (nodes.size < found.nodeIds.length) throw new StorageError('a state node is not stored');
      for (const [nodeNid, body] of nodes) this.#nodes.set(nodeNid, decodeStateNode(body));
    }
  }

  async #nameEvents(
    keys: ResolutionQuestion['stateKeys'],
    eventNids: readonly (number | undefined)[],
  ): Promise<(readonly [string, string | undefined])[]> {
    const wanted = eventNids.filter((eventNid) => eventNid !== undefined);
    const stored = await this.#rooms.findEvents(this.#task.shard, wanted);
    return keys.map(({ type, stateKey }, index) => {
      const eventNid = eventNids[index];
      const event = eventNid === undefined ? undefined : stored.get(eventNid);
      return [stateKeyName(type, stateKey), event?.eventId] as const;
    });
  }
}

interface CitingJson {
  readonly auth_events: readonly (string | readonly [string, unknown])[];
  readonly type: string;
  readonly state_key: string;
}

function citesOf(json: Uint8Array): string[] {
  const { auth_events: cited }: CitingJson = JSON.parse(Buffer.from(json).toString());
  return cited.map((reference) => (typeof reference === 'string' ? reference : reference[0]));
}

function toChild({ eventId, json }: ResolutionEvent): { eventId: string; type: string; stateKey: string } {
  const { type, state_key: stateKey }: CitingJson = JSON.parse(Buffer.from(json).toString());
  return { eventId, type, stateKey };
}
