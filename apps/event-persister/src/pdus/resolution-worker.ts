import { parentPort } from 'node:worker_threads';
import { findRoomVersion, NOT_LOADED, parseRoomEvent, resolveState } from '@plexus/room-dag';
import type {
  AuthChildren,
  ResolutionInput,
  ResolvedEntry,
  RoomEvent,
  RoomVersionRules,
  StateConflictEntry,
} from '@plexus/room-dag';
import { stateKeyName } from './state-key-name.ts';
import type { ResolutionEvent } from './state-resolver.ts';

/** What is to be resolved; the parts come one after the other. */
export interface WorkerTask extends Pick<ResolutionInput, 'roomId'> {
  readonly roomVersion: string;
}

/** Something of what a resolution is about, or needs. */
export interface ResolutionPart {
  readonly conflicts?: ResolutionInput['conflicts'];
  readonly events?: readonly ResolutionEvent[];
  readonly authChildren?: readonly (readonly [string, AuthChildren])[];
  readonly state?: readonly (readonly [string, string | undefined])[];
}

/** Some of what the worker misses: it is to be added before the next attempt. */
export interface ResolutionQuestion {
  readonly kind: 'missing';
  readonly eventIds: readonly string[];
  readonly authChildrenOf: readonly string[];
  readonly stateKeys: readonly { readonly type: string; readonly stateKey: string }[];
  readonly isLast: boolean;
}

/**
 * What is said to the worker, each time of one resolution. It answers an attempt, and whoever asks for more of the answer.
 *
 * @NOTE Whatever may be large comes in parts: a message is copied as a whole, and holds both sides up meanwhile.
 */
export type ResolutionRequest =
  | { readonly kind: 'begin'; readonly task: WorkerTask }
  | ({ readonly kind: 'add' } & ResolutionPart)
  | { readonly kind: 'attempt' }
  | { readonly kind: 'more' }
  | { readonly kind: 'give-up' };

export type ResolutionMessage =
  | ResolutionQuestion
  | {
      readonly kind: 'resolved';
      readonly changes: readonly ResolvedEntry[];
      readonly isLast: boolean;
      /** What all of the resolution took of the thread. */
      readonly threadMs: number;
    }
  | { readonly kind: 'failed'; readonly because: string }
  /** The thread knows nothing of it: it is not the one that it was begun in. */
  | { readonly kind: 'lost' };

/** So many ids or entries are in one message. */
const PART = 1_000;

/** One resolution, attempted again when what was missing has been added. */
class Resolution {
  readonly #task: WorkerTask;
  readonly #rules: RoomVersionRules;
  readonly #conflicts: StateConflictEntry[] = [];
  readonly #events = new Map<string, ResolutionEvent & { readonly event: RoomEvent }>();
  readonly #children = new Map<string, AuthChildren>();
  readonly #state = new Map<string, string | undefined>();
  /** What is left of the answer to the last attempt. */
  #answer: ResolutionMessage[] = [];
  #threadMs = 0;

  constructor(task: WorkerTask) {
    const rules = findRoomVersion(task.roomVersion);
    if (rules === undefined) throw new TypeError(`unknown room version ${task.roomVersion}`);
    this.#task = task;
    this.#rules = rules;
  }

  add({ conflicts = [], events = [], authChildren = [], state = [] }: ResolutionPart): void {
    const begun = performance.now();
    for (const conflict of conflicts) this.#conflicts.push(conflict);
    this.#addEvents(events);
    for (const [eventId, children] of authChildren) this.#children.set(eventId, children);
    for (const [name, eventId] of state) this.#state.set(name, eventId);
    this.#threadMs += performance.now() - begun;
  }

  attempt(): ResolutionMessage {
    const begun = performance.now();
    const resolution = resolveState(this.#input());
    this.#threadMs += performance.now() - begun;
    const isDone = resolution.outcome === 'resolved';
    this.#answer = isDone ? partsOfChanges(resolution.changes, this.#threadMs) : partsOfQuestion(resolution);
    return this.more();
  }

  more(): ResolutionMessage {
    return this.#answer.shift() ?? { kind: 'failed', because: 'nothing is left of an answer' };
  }

  #addEvents(events: readonly ResolutionEvent[]): void {
    for (const event of events) {
      this.#events.set(event.eventId, { ...event, event: parseRoomEvent(event.json, event.eventId, this.#rules) });
    }
  }

  #input(): ResolutionInput {
    return {
      roomId: this.#task.roomId,
      rules: this.#rules,
      conflicts: this.#conflicts,
      unconflicted: {
        findEventId: (type, stateKey) => {
          const name = stateKeyName(type, stateKey);
          return this.#state.has(name) ? this.#state.get(name) : NOT_LOADED;
        },
      },
      events: {
        find: (eventId) => this.#events.get(eventId)?.event,
        isRejected: (eventId) => this.#events.get(eventId)?.isRejected ?? false,
        authDepth: (eventId) => this.#events.get(eventId)?.authDepth ?? 0,
        authChildren: (eventId) => this.#children.get(eventId),
      },
    };
  }
}

function partsOfChanges(changes: readonly ResolvedEntry[], threadMs: number): ResolutionMessage[] {
  const parts = inParts(changes);
  return parts.map((part, index) => ({
    kind: 'resolved',
    changes: part,
    isLast: index === parts.length - 1,
    threadMs,
  }));
}

function partsOfQuestion(
  missing: Pick<ResolutionQuestion, 'eventIds' | 'authChildrenOf' | 'stateKeys'>,
): ResolutionMessage[] {
  const eventIds = inParts(missing.eventIds);
  const authChildrenOf = inParts(missing.authChildrenOf);
  const stateKeys = inParts(missing.stateKeys);
  const count = Math.max(eventIds.length, authChildrenOf.length, stateKeys.length);
  return Array.from({ length: count }, (_, index) => ({
    kind: 'missing',
    eventIds: eventIds[index] ?? [],
    authChildrenOf: authChildrenOf[index] ?? [],
    stateKeys: stateKeys[index] ?? [],
    isLast: index === count - 1,
  }));
}

/** At least one, which may be empty. */
function inParts<T>(list: readonly T[]): (readonly T[])[] {
  const count = Math.max(1, Math.ceil(list.length / PART));
  return Array.from({ length: count }, (_, index) => list.slice(index * PART, (index + 1) * PART));
}

const resolutions = new Map<number, Resolution>();
/** Why resolutions cannot be attempted: something that was said of them could not be read. */
const failures = new Map<number, string>();

parentPort?.on('message', ({ resolutionId, request }: { resolutionId: number; request: ResolutionRequest }) => {
  if (request.kind === 'give-up') return forget(resolutionId);
  const message = respond(resolutionId, request);
  if (message === undefined) return;
  if (message.kind === 'failed' || (message.kind === 'resolved' && message.isLast)) forget(resolutionId);
  parentPort?.postMessage({ resolutionId, message });
});

function forget(resolutionId: number): void {
  resolutions.delete(resolutionId);
  failures.delete(resolutionId);
}

/** Nothing where nobody waits for it: what fails then fails with the attempt. */
function respond(
  resolutionId: number,
  request: Exclude<ResolutionRequest, { kind: 'give-up' }>,
): ResolutionMessage | undefined {
  const isAsked = request.kind === 'attempt' || request.kind === 'more';
  const failure = failures.get(resolutionId);
  if (failure !== undefined) return isAsked ? { kind: 'failed', because: failure } : undefined;
  try {
    if (request.kind === 'begin') resolutions.set(resolutionId, new Resolution(request.task));
    const resolution = resolutions.get(resolutionId);
    if (request.kind === 'add') resolution?.add(request);
    if (request.kind === 'attempt') return resolution?.attempt() ?? { kind: 'lost' };
    return request.kind === 'more' ? (resolution?.more() ?? { kind: 'lost' }) : undefined;
  } catch (error) {
    const because = describe(error);
    if (isAsked) return { kind: 'failed', because };
    failures.set(resolutionId, because);
    return undefined;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
