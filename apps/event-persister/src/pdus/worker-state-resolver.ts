import { decodeStateNode, lookupStates } from '@plexus/room-dag';
import type { AuthChildren, ResolvedEntry, StateNode } from '@plexus/room-dag';
import { StorageError } from '@plexus/storage';
import type { CitingEvent, RoomOwnerReader, StoredEvent } from '@plexus/storage';
import { ResolutionThread } from './resolution-thread.ts';
import type { ResolutionPart, ResolutionQuestion } from './resolution-worker.ts';
import { stateKeyName } from './state-key-name.ts';
import type {
  ConflictResolver,
  NumberedEntry,
  ResolutionCost,
  ResolutionEvent,
  ResolutionTask,
} from './state-resolver.ts';

/** So many events that cite one are loaded at once. */
const CITING_EVENTS = 50;
const MAX_ANCESTORS = 2_000;
/** So many events are read and handed over at once: rows are parsed on the main thread. */
const EVENTS_AT_ONCE = 500;
const CONFLICTS_AT_ONCE = 250;
const CITED_AT_ONCE = 100;

/** More resolutions than this wait for one to end: each holds the events that it has read. */
const AT_ONCE = 8;

/**
 * Resolves states in another thread, which asks here for what it misses. While one room's resolution waits for Postgres, the thread goes on
 * with another room's.
 */
export class WorkerStateResolver implements ConflictResolver {
  readonly #rooms: RoomOwnerReader;
  readonly #resolved: (cost: ResolutionCost) => void;
  readonly #thread = new ResolutionThread();
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #lastId = 0;

  constructor(rooms: RoomOwnerReader, resolved: (cost: ResolutionCost) => void = () => {}) {
    this.#rooms = rooms;
    this.#resolved = resolved;
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
    const { roomId, roomVersion, conflicts } = task;
    try {
      this.#thread.tell(resolutionId, { kind: 'begin', task: { roomId, roomVersion } });
      const readMs = await this.#tellAll(resolutionId, known.conflicts());
      const { entries, ...took } = await this.#attempt(resolutionId, known);
      const states = conflicts[0]?.eventNids.length ?? 0;
      this.#resolved({ roomId, states, threadMs: took.threadMs, readMs: readMs + took.readMs });
      return entries;
    } catch (error) {
      this.#thread.giveUp(resolutionId);
      throw error;
    }
  }

  async #attempt(
    resolutionId: number,
    known: KnownParts,
  ): Promise<Pick<ResolutionCost, 'threadMs' | 'readMs'> & { readonly entries: readonly NumberedEntry[] }> {
    const entries: NumberedEntry[] = [];
    let readMs = 0;
    for (let message = await this.#thread.ask(resolutionId, { kind: 'attempt' }); ;) {
      if (message.kind === 'lost') throw new StorageError('the thread that resolves states ended');
      if (message.kind === 'failed') throw new Error(message.because);
      if (message.kind === 'missing') readMs += await this.#tellAll(resolutionId, known.answer(message));
      else for (const entry of message.changes) entries.push(known.number(entry));
      if (message.kind === 'resolved' && message.isLast) return { entries, threadMs: message.threadMs, readMs };
      message = await this.#thread.ask(resolutionId, { kind: message.isLast ? 'attempt' : 'more' });
    }
  }

  /** Says how many milliseconds it took to read them. */
  async #tellAll(resolutionId: number, parts: AsyncIterable<ResolutionPart>): Promise<number> {
    const begun = performance.now();
    for await (const part of parts) this.#thread.tell(resolutionId, { kind: 'add', ...part });
    return performance.now() - begun;
  }
}

/** Reads what one resolution asks for. */
class KnownParts {
  readonly #task: ResolutionTask;
  readonly #rooms: RoomOwnerReader;
  readonly #eventNids = new Map<string, number>();
  /** Ids of events that the asking attempt alone knows. */
  readonly #uncommitted = new Set<string>();
  readonly #sent = new Set<string>();
  readonly #nodes = new Map<number, StateNode>();
  readonly #children = new Map<string, readonly CitingEvent[]>();
  /** How many events beyond those that are asked for are read with them. */
  #ancestors = 64;

  constructor(task: ResolutionTask, rooms: RoomOwnerReader) {
    this.#task = task;
    this.#rooms = rooms;
  }

  /** What is in conflict, by the ids of events, with these. */
  async *conflicts(): AsyncGenerator<ResolutionPart> {
    const { conflicts, uncommitted } = this.#task;
    const idOf = new Map(uncommitted.map(({ eventNid, eventId }) => [eventNid, eventId]));
    for (const { eventNid, eventId } of uncommitted) this.#keepUncommitted(eventId, eventNid);
    yield { events: uncommitted };
    for (const some of inParts(conflicts, CONFLICTS_AT_ONCE)) {
      const numbers = new Set(some.flatMap(({ eventNids }) => eventNids).filter((eventNid) => eventNid !== undefined));
      const read = [...numbers].filter((eventNid) => !idOf.has(eventNid));
      const events: ResolutionEvent[] = [];
      for (const eventNids of inParts(read, EVENTS_AT_ONCE)) {
        for (const event of await this.#readNumbered(eventNids)) {
          idOf.set(event.eventNid, event.eventId);
          events.push(this.#toResolutionEvent(event));
        }
      }
      yield {
        events,
        conflicts: some.map(({ type, stateKey, eventNids }) => ({
          type,
          stateKey,
          eventIds: eventNids.map((eventNid) => (eventNid === undefined ? undefined : idOf.get(eventNid))),
        })),
      };
    }
  }

  /** @NOTE An event of the asking attempt may be stored, and be something else there: what the attempt says of it goes. */
  #keepUncommitted(eventId: string, eventNid: number): void {
    this.#uncommitted.add(eventId);
    this.#eventNids.set(eventId, eventNid);
    this.#sent.add(eventId);
  }

  /** An entry by the number of its event: a resolved state has only events that were in conflict. */
  number({ type, stateKey, eventId }: ResolvedEntry): NumberedEntry {
    if (eventId === undefined) return { type, stateKey, eventNid: undefined };
    if (this.#uncommitted.has(eventId)) return { type, stateKey, eventNid: undefined, eventId };
    return { type, stateKey, eventNid: this.#eventNids.get(eventId) };
  }

  async *answer({ eventIds, authChildrenOf, stateKeys }: ResolutionQuestion): AsyncGenerator<ResolutionPart> {
    for (const some of inParts(eventIds, EVENTS_AT_ONCE)) yield { events: await this.#readEvents(some) };
    for (const some of inParts(authChildrenOf, CITED_AT_ONCE)) yield { authChildren: await this.#readChildren(some) };
    for (const some of inParts(stateKeys, EVENTS_AT_ONCE)) yield { state: await this.#readState(some) };
  }

  async #readNumbered(eventNids: readonly number[]): Promise<Iterable<StoredEvent>> {
    const found = await this.#rooms.findEvents(this.#task.shard, eventNids);
    if (found.size < eventNids.length) throw new StorageError('an event of a state is not stored');
    return found.values();
  }

  /** @NOTE Each time further generations with them: a chain of power levels would be asked for one event after the other. */
  async #readEvents(eventIds: readonly string[]): Promise<ResolutionEvent[]> {
    if (eventIds.length === 0) return [];
    const { shard, roomNid } = this.#task;
    const isLarge = eventIds.length >= EVENTS_AT_ONCE;
    const limit = eventIds.length + (isLarge ? 0 : this.#ancestors);
    if (!isLarge) this.#ancestors = Math.min(this.#ancestors * 4, MAX_ANCESTORS);
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

function inParts<T>(list: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
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
