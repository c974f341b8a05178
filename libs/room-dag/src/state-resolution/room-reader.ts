import { createEventIdFromRoomId } from '../pdu/event-id.ts';
import type { RoomEvent, StateKey } from '../pdu/pdu.ts';
import type { Conflict } from './split-conflicted.ts';
import type { AuthChildren, MissingForResolution, ResolutionInput } from './resolution-input.ts';
import { NOT_LOADED } from './resolution-input.ts';
import { StateMap } from './state-map.ts';

/**
 * Reads the caller's look-ups and remembers what is not loaded. What is missing reads as absent, so that one attempt finds as much of
 * it as it can; after each step that may have read on such ground, `missing` decides whether to go on.
 */
export class RoomReader {
  readonly #input: ResolutionInput;
  readonly #conflict: Conflict;
  readonly #missingEventIds = new Set<string>();
  readonly #missingChildrenOf = new Set<string>();
  readonly #missingStateKeys = new StateMap<true>();

  constructor(input: ResolutionInput, conflict: Conflict) {
    this.#input = input;
    this.#conflict = conflict;
  }

  get rules(): ResolutionInput['rules'] {
    return this.#input.rules;
  }

  find(eventId: string): RoomEvent | undefined {
    const event = this.#input.events.find(eventId);
    if (event === undefined) this.#missingEventIds.add(eventId);
    return event;
  }

  findAll(eventIds: Iterable<string>): RoomEvent[] {
    return [...eventIds].map((eventId) => this.find(eventId)).filter((event) => event !== undefined);
  }

  /** The event under a key among the auth events of an event. */
  findAuthEvent(event: RoomEvent, { type, stateKey }: StateKey): RoomEvent | undefined {
    return this.findAll(event.authEvents).find((auth) => auth.type === type && auth.stateKey === stateKey);
  }

  /** The create event as an event implies it: cited by it, or from version 12 on named by its room id. */
  findCreateEvent(event: RoomEvent): RoomEvent | undefined {
    if (this.rules.createEventInAuthEvents) return this.findAuthEvent(event, { type: 'm.room.create', stateKey: '' });
    return this.find(createEventIdFromRoomId(this.#input.roomId));
  }

  authDepth(event: RoomEvent): number {
    return this.#input.events.authDepth(event.eventId);
  }

  isRejected(event: RoomEvent): boolean {
    return this.#input.events.isRejected(event.eventId);
  }

  /** The auth children that are loaded. */
  authChildren(eventId: string): AuthChildren {
    return this.#input.events.authChildren(eventId) ?? { events: [], isComplete: false };
  }

  /** Notes that the search cannot be decided without the auth children of an event that are not loaded. */
  noteMissingChildren(eventId: string): void {
    this.#missingChildrenOf.add(eventId);
  }

  /** The event that all states have under a key. */
  findUnconflicted(key: StateKey): string | undefined {
    if (this.#conflict.entries.has(key)) return undefined;
    const agreed = this.#conflict.agreed.find(key);
    if (agreed !== undefined) return agreed;
    const eventId = this.#input.unconflicted.findEventId(key.type, key.stateKey);
    if (eventId !== NOT_LOADED) return eventId;
    this.#missingStateKeys.set(key, true);
    return undefined;
  }

  /** Whether an event is the one that all states have under its key. */
  isUnconflicted({
    eventId,
    type,
    stateKey,
  }: {
    eventId: string;
    type: string;
    stateKey: string | undefined;
  }): boolean {
    return stateKey !== undefined && this.findUnconflicted({ type, stateKey }) === eventId;
  }

  get isStateMissing(): boolean {
    return !this.#missingStateKeys.isEmpty;
  }

  get missing(): MissingForResolution | undefined {
    const eventIds = [...this.#missingEventIds];
    const authChildrenOf = [...this.#missingChildrenOf];
    const stateKeys = [...this.#missingStateKeys].map(({ type, stateKey }) => ({ type, stateKey }));
    if (eventIds.length + authChildrenOf.length + stateKeys.length === 0) return undefined;
    return { outcome: 'missing', eventIds, authChildrenOf, stateKeys };
  }
}
