import { parentPort } from 'node:worker_threads';
import { findRoomVersion, NOT_LOADED, parseRoomEvent, resolveState } from '@plexus/room-dag';
import type { AuthChildren, ResolutionInput, ResolvedEntry, RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import { stateKeyName } from './state-key-name.ts';
import type { ResolutionEvent } from './state-resolver.ts';

/** What the worker is to resolve, and the events that it is known to need. */
export interface WorkerTask extends Pick<ResolutionInput, 'roomId' | 'conflicts'> {
  readonly roomVersion: string;
  readonly events: readonly ResolutionEvent[];
}

/** What the worker asks for; answered with `ResolutionAnswer`. */
export interface ResolutionQuestion {
  readonly kind: 'missing';
  readonly eventIds: readonly string[];
  readonly authChildrenOf: readonly string[];
  readonly stateKeys: readonly { readonly type: string; readonly stateKey: string }[];
}

export interface ResolutionAnswer {
  readonly kind: 'answer';
  readonly events: readonly ResolutionEvent[];
  readonly authChildren: readonly (readonly [string, AuthChildren])[];
  readonly state: readonly (readonly [string, string | undefined])[];
}

/** What is said to the worker, each time of one resolution. */
export type ResolutionRequest =
  { readonly kind: 'task'; readonly task: WorkerTask } | ResolutionAnswer | { readonly kind: 'give-up' };

export type ResolutionMessage =
  | ResolutionQuestion
  | { readonly kind: 'resolved'; readonly changes: readonly ResolvedEntry[] }
  | { readonly kind: 'failed'; readonly because: string };

/** One resolution, attempted again with each answer. */
class Resolution {
  readonly #task: WorkerTask;
  readonly #rules: RoomVersionRules;
  readonly #events = new Map<string, ResolutionEvent & { readonly event: RoomEvent }>();
  readonly #children = new Map<string, AuthChildren>();
  readonly #state = new Map<string, string | undefined>();

  constructor(task: WorkerTask) {
    const rules = findRoomVersion(task.roomVersion);
    if (rules === undefined) throw new TypeError(`unknown room version ${task.roomVersion}`);
    this.#task = task;
    this.#rules = rules;
    this.#addEvents(task.events);
  }

  take(answer: ResolutionAnswer): void {
    this.#addEvents(answer.events);
    for (const [eventId, children] of answer.authChildren) this.#children.set(eventId, children);
    for (const [name, eventId] of answer.state) this.#state.set(name, eventId);
  }

  attempt(): ResolutionMessage {
    const resolution = resolveState(this.#input());
    if (resolution.outcome === 'resolved') return { kind: 'resolved', changes: resolution.changes };
    const { eventIds, authChildrenOf, stateKeys } = resolution;
    return { kind: 'missing', eventIds, authChildrenOf, stateKeys };
  }

  #addEvents(events: readonly ResolutionEvent[]): void {
    for (const event of events) {
      this.#events.set(event.eventId, { ...event, event: parseRoomEvent(event.json, event.eventId, this.#rules) });
    }
  }

  #input(): ResolutionInput {
    const { roomId, conflicts } = this.#task;
    return {
      roomId,
      rules: this.#rules,
      conflicts,
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

const resolutions = new Map<number, Resolution>();

parentPort?.on('message', ({ resolutionId, request }: { resolutionId: number; request: ResolutionRequest }) => {
  if (request.kind === 'give-up') return void resolutions.delete(resolutionId);
  const message = respond(resolutionId, request);
  if (message.kind !== 'missing') resolutions.delete(resolutionId);
  parentPort?.postMessage({ resolutionId, message });
});

function respond(resolutionId: number, request: Exclude<ResolutionRequest, { kind: 'give-up' }>): ResolutionMessage {
  try {
    if (request.kind === 'task') resolutions.set(resolutionId, new Resolution(request.task));
    else resolutions.get(resolutionId)?.take(request);
    return resolutions.get(resolutionId)?.attempt() ?? { kind: 'failed', because: 'an answer without a task' };
  } catch (error) {
    return { kind: 'failed', because: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
