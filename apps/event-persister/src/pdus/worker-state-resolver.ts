import { Worker } from 'node:worker_threads';
import { decodeStateNode, lookupStates } from '@plexus/room-dag';
import type { AuthChildren, ResolvedEntry, StateNode } from '@plexus/room-dag';
import { StorageError } from '@plexus/storage';
import type { RoomOwnerReader, StoredEvent } from '@plexus/storage';
import type { ResolutionAnswer, ResolutionMessage, ResolutionQuestion } from './resolution-worker.ts';
import { stateKeyName } from './state-key-name.ts';
import type { ResolutionEvent, ResolutionTask, StateResolver } from './state-resolver.ts';

/** So many events that cite one are loaded at once. */
const CITING_EVENTS = 200;

/** Resolves states in another thread, one after the other; that thread asks here for what it misses. */
export class WorkerStateResolver implements StateResolver {
  readonly #rooms: RoomOwnerReader;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(rooms: RoomOwnerReader) {
    this.#rooms = rooms;
  }

  resolve(task: ResolutionTask): Promise<readonly ResolvedEntry[]> {
    const resolved = this.#last.then(
      () => this.#resolve(task),
      () => this.#resolve(task),
    );
    this.#last = resolved;
    return resolved;
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #resolve(task: ResolutionTask): Promise<readonly ResolvedEntry[]> {
    const worker = this.#running();
    const known = new KnownParts(task, this.#rooms);
    let message = await ask(worker, { kind: 'task', task });
    while (message.kind === 'missing') message = await ask(worker, await known.answer(message));
    if (message.kind === 'resolved') return message.changes;
    throw new Error(message.because);
  }

  /** @NOTE Run from its sources the worker is a TypeScript file, as this one. */
  #running(): Worker {
    if (this.#worker === undefined) {
      const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
      this.#worker = new Worker(new URL(`./resolution-worker.${extension}`, import.meta.url));
      this.#worker.unref();
      this.#worker.once('exit', () => {
        this.#worker = undefined;
      });
    }
    return this.#worker;
  }
}

/** The worker answers each message with one. Fails with `StorageError` where it died: the work is attempted again. */
function ask(worker: Worker, message: object): Promise<ResolutionMessage> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      worker.off('message', onMessage);
      worker.off('error', onEnd);
      worker.off('exit', onEnd);
      finish();
    };
    const onMessage = (answer: ResolutionMessage): void => settle(() => resolve(answer));
    const onEnd = (cause: unknown): void =>
      settle(() => reject(new StorageError('the thread that resolves states ended', { cause })));
    worker.on('message', onMessage);
    worker.on('error', onEnd);
    worker.on('exit', onEnd);
    worker.postMessage(message);
  });
}

/** Reads what one resolution asks for. */
class KnownParts {
  readonly #task: ResolutionTask;
  readonly #rooms: RoomOwnerReader;
  readonly #eventNids = new Map<string, number>();
  readonly #nodes = new Map<number, StateNode>();
  readonly #asked = new Map<string, number>();

  constructor(task: ResolutionTask, rooms: RoomOwnerReader) {
    this.#task = task;
    this.#rooms = rooms;
  }

  async answer(question: ResolutionQuestion): Promise<ResolutionAnswer> {
    const [events, authChildren, state] = await Promise.all([
      this.#readEvents(question.eventIds),
      Promise.all(question.authChildrenOf.map((eventId) => this.#readChildren(eventId))),
      this.#readState(question.stateKeys),
    ]);
    return { kind: 'answer', events, authChildren, state };
  }

  async #readEvents(eventIds: readonly string[]): Promise<ResolutionEvent[]> {
    const { shard, roomNid } = this.#task;
    const stored = await this.#rooms.findEventsById(shard, roomNid, eventIds);
    const absent = eventIds.find((eventId) => !stored.has(eventId));
    if (absent !== undefined) throw new Error(`state resolution needs ${absent}, which is not stored`);
    return [...stored.values()].map((event) => this.#toResolutionEvent(event));
  }

  #toResolutionEvent({ eventId, eventNid, json, authDepth, status }: StoredEvent): ResolutionEvent {
    this.#eventNids.set(eventId, eventNid);
    return { eventId, json, authDepth, isRejected: status === 'rejected' };
  }

  async #readChildren(eventId: string): Promise<readonly [string, AuthChildren]> {
    const { shard, uncommitted } = this.#task;
    const limit = (this.#asked.get(eventId) ?? 0) + CITING_EVENTS;
    this.#asked.set(eventId, limit);
    const latest = uncommitted.filter(({ json }) => citesOf(json).includes(eventId)).map(toChild);
    const eventNid = await this.#eventNidOf(eventId);
    const stored = eventNid === undefined ? [] : await this.#rooms.listCitingEvents(shard, eventNid, limit);
    return [eventId, { events: [...latest.toReversed(), ...stored], isComplete: stored.length < limit }];
  }

  async #eventNidOf(eventId: string): Promise<number | undefined> {
    if (!this.#eventNids.has(eventId) && !this.#task.uncommitted.some((event) => event.eventId === eventId)) {
      await this.#readEvents([eventId]);
    }
    return this.#eventNids.get(eventId);
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
