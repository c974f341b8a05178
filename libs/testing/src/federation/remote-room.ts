import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { authTypesForEvent, buildRoomEvent, computeReferenceHash, findRoomVersion } from '@plexus/room-dag';
import type { Pdu, RoomEvent, RoomVersionRules, StateKey } from '@plexus/room-dag';
import { acceptPdu, newEventId } from './sign-pdu.ts';
import type { Signer } from './sign-pdu.ts';

/** An event to be made; what is left out follows from the room's newest events. */
export interface RemoteProtoEvent {
  readonly type: string;
  /** Whoever made the room, or came into it, where nothing is said. */
  readonly sender?: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  readonly prevEvents?: readonly string[];
  readonly authEvents?: readonly string[];
  readonly depth?: number;
  readonly redacts?: string;
  readonly originServerTs?: number;
}

/** A room that the server makes. */
export interface RemoteRoomOptions {
  readonly version?: string;
  /** A user of the server. */
  readonly creator?: string;
  readonly joinRule?: string;
  /** Further content of the room's power levels. */
  readonly powerLevels?: JsonObject;
  readonly historyVisibility?: string;
}

/** A room of others that a user of the server has come into. */
export interface EnteredRoom {
  readonly join: RoomEvent;
  /** Before the join. */
  readonly state: readonly RoomEvent[];
  /** Cited by others and not in the state. */
  readonly authChain: readonly RoomEvent[];
}

interface Kept {
  readonly event: RoomEvent;
  /** What comes before the event in the line whose state it continues. */
  readonly parent: Kept | undefined;
  /** Where the line begins with something else than the room: the state before that. */
  readonly stateBefore?: ReadonlyMap<string, RoomEvent>;
}

const AN_HOUR_MS = 3_600_000;
/** Of an event that nobody has ever seen. */
const NO_HASH = 'A'.repeat(43);

/**
 * A room in which a scripted server is resident. State is that of one line: of several `prevEvents` the first one's state counts, since
 * nobody resolves here.
 */
export class RemoteRoom {
  readonly rules: RoomVersionRules;
  readonly roomId: string;
  /** Whoever made the room, or came into it: speaks where nobody else is named. */
  readonly userId: string;
  readonly #server: Signer;
  readonly #kept = new Map<string, Kept>();
  readonly #current = new Map<string, RoomEvent>();
  #newest: Kept | undefined;
  #time: number;

  constructor(server: Signer, beginning: RemoteRoomOptions | EnteredRoom = {}) {
    this.#server = server;
    if ('join' in beginning) {
      const { join } = beginning;
      this.rules = join.rules;
      this.roomId = join.roomId;
      this.userId = join.sender;
      this.#time = Date.now();
      this.#enter(beginning);
    } else {
      this.rules = rulesOf(beginning.version ?? '10');
      this.userId = beginning.creator ?? `@alice:${server.name}`;
      this.#time = Date.now() - AN_HOUR_MS;
      this.roomId = this.#begin(beginning);
    }
  }

  get creator(): string {
    return this.stateEvent('m.room.create')?.sender ?? this.userId;
  }

  /** The room's newest event. */
  get last(): RoomEvent {
    if (this.#newest === undefined) throw new TypeError('the room has not begun');
    return this.#newest.event;
  }

  /** The ids of the room's newest events. */
  get extremities(): readonly string[] {
    return this.#newest === undefined ? [] : [this.#newest.event.eventId];
  }

  get events(): readonly RoomEvent[] {
    return [...this.#kept.values()].map(({ event }) => event);
  }

  find(eventId: string): RoomEvent | undefined {
    return this.#kept.get(eventId)?.event;
  }

  /** Makes an event that becomes the room's newest one. */
  append(proto: RemoteProtoEvent): RoomEvent {
    const event = this.build(proto);
    this.add(event);
    return event;
  }

  /** Makes and signs an event without keeping it. */
  build(proto: RemoteProtoEvent, roomId: string | undefined = this.roomId): RoomEvent {
    this.#time += 1;
    const { sender = this.userId, prevEvents = this.extremities } = proto;
    const parent = this.#parentOf(prevEvents);
    const authEvents = proto.authEvents ?? this.#authEvents({ ...proto, sender }, parent);
    const built = buildRoomEvent(
      {
        ...proto,
        sender,
        roomId,
        prevEvents,
        authEvents,
        depth: proto.depth ?? (parent?.event.depth ?? 0) + 1,
        originServerTs: proto.originServerTs ?? this.#time,
        eventId: this.rules.eventIdFormat === 'server-chosen' ? newEventId(this.#server) : undefined,
        referenceHashes: new Map([...prevEvents, ...authEvents].map((eventId) => [eventId, this.#hashOf(eventId)])),
      },
      this.rules,
      [{ serverName: this.#server.name, key: this.#server.key }],
    );
    if (built.outcome !== 'ok') throw new TypeError(built.because);
    return built.event;
  }

  /** Keeps an event as the newest one, whoever made it. */
  add(event: RoomEvent): void {
    const kept = { event, parent: this.#parentOf(event.prevEvents) };
    this.#kept.set(event.eventId, kept);
    if (kept.parent !== this.#newest) this.#reset(kept);
    else if (event.stateKey !== undefined) this.#current.set(keyOf(event.type, event.stateKey), event);
    this.#newest = kept;
  }

  /** Reads an event of the wire, signs it too, and keeps it. */
  accept(pdu: Pdu): RoomEvent {
    const event = acceptPdu(this.#server, pdu, this.rules);
    this.add(event);
    return event;
  }

  /** Lets a user of the server join. */
  join(userId: string): RoomEvent {
    return this.append({ type: 'm.room.member', sender: userId, stateKey: userId, content: { membership: 'join' } });
  }

  say(body: string, sender: string = this.userId): RoomEvent {
    return this.append({ type: 'm.room.message', sender, content: { msgtype: 'm.text', body } });
  }

  /** The state before an event; the current one where none is given. */
  state(beforeEventId?: string): readonly RoomEvent[] {
    if (beforeEventId === undefined) return [...this.#current.values()];
    const kept = this.#kept.get(beforeEventId);
    return [...(kept?.stateBefore ?? stateAfter(kept?.parent)).values()];
  }

  stateEvent(type: string, stateKey = ''): RoomEvent | undefined {
    return this.#current.get(keyOf(type, stateKey));
  }

  /** All events by which these are authorized, directly or not. */
  authChain(events: readonly RoomEvent[]): RoomEvent[] {
    const chain = new Map<string, RoomEvent>();
    const open = events.flatMap(({ authEvents }) => authEvents);
    for (let eventId = open.pop(); eventId !== undefined; eventId = open.pop()) {
      const event = this.find(eventId);
      if (event === undefined || chain.has(eventId)) continue;
      chain.set(eventId, event);
      open.push(...event.authEvents);
    }
    return [...chain.values()];
  }

  /** The ids of what would authorize such an event now. */
  authEventsOf(proto: Pick<RemoteProtoEvent, 'type' | 'sender' | 'stateKey' | 'content'>): string[] {
    return this.#authEvents({ sender: this.userId, ...proto }, this.#newest);
  }

  /** How events of this room's version cite others. */
  references(eventIds: readonly string[]): JsonValue[] {
    if (this.rules.eventReferences === 'ids') return [...eventIds];
    return eventIds.map((eventId) => [eventId, { sha256: this.#hashOf(eventId) }]);
  }

  #enter({ join, state, authChain }: EnteredRoom): void {
    for (const event of [...authChain, ...state]) this.#kept.set(event.eventId, { event, parent: undefined });
    const stateBefore = new Map(state.map((event) => [keyOf(event.type, event.stateKey ?? ''), event]));
    this.#newest = { event: join, parent: undefined, stateBefore };
    this.#kept.set(join.eventId, this.#newest);
    this.#reset(this.#newest);
  }

  #begin(options: RemoteRoomOptions): string {
    const { userId: creator, rules } = this;
    const content: JsonObject = { room_version: rules.version, ...(!rules.creatorIsSender && { creator }) };
    const chosen = rules.roomIdIsCreateEventHash ? undefined : `!${crypto.randomUUID()}:${this.#server.name}`;
    const create = this.build({ type: 'm.room.create', stateKey: '', content, prevEvents: [] }, chosen);
    this.add(create);
    const state = (type: string, stateKey: string, value: JsonObject): void =>
      this.add(this.build({ type, stateKey, content: value }, create.roomId));
    state('m.room.member', creator, { membership: 'join' });
    const users = rules.privilegedCreators ? {} : { users: { [creator]: 100 } };
    state('m.room.power_levels', '', { ...users, ...options.powerLevels });
    state('m.room.join_rules', '', { join_rule: options.joinRule ?? 'public' });
    state('m.room.history_visibility', '', { history_visibility: options.historyVisibility ?? 'shared' });
    return create.roomId;
  }

  /** Whatever follows something that nobody has seen continues the newest line. */
  #parentOf([first]: readonly string[]): Kept | undefined {
    return first === undefined ? undefined : (this.#kept.get(first) ?? this.#newest);
  }

  #authEvents(
    proto: Pick<RemoteProtoEvent, 'type' | 'stateKey' | 'content'> & { readonly sender: string },
    parent: Kept | undefined,
  ): string[] {
    const keys = authTypesForEvent({ ...proto, stateKey: proto.stateKey, rules: this.rules });
    const state = parent === this.#newest ? this.#current : stateAfter(parent);
    return keys.flatMap((key: StateKey) => state.get(keyOf(key.type, key.stateKey))?.eventId ?? []);
  }

  #hashOf(eventId: string): string {
    const event = this.find(eventId);
    return event === undefined ? NO_HASH : computeReferenceHash(event.pdu, this.rules);
  }

  #reset(kept: Kept): void {
    this.#current.clear();
    for (const [key, event] of stateAfter(kept)) this.#current.set(key, event);
  }
}

function rulesOf(version: string): RoomVersionRules {
  const rules = findRoomVersion(version);
  if (rules === undefined) throw new TypeError(`unknown version ${version}`);
  return rules;
}

function stateAfter(kept: Kept | undefined): Map<string, RoomEvent> {
  const state = new Map<string, RoomEvent>();
  for (let at = kept; at !== undefined; at = at.parent) {
    const { event } = at;
    if (event.stateKey !== undefined) keepFirst(state, keyOf(event.type, event.stateKey), event);
    for (const [key, before] of at.stateBefore ?? []) keepFirst(state, key, before);
  }
  return state;
}

function keepFirst(state: Map<string, RoomEvent>, key: string, event: RoomEvent): void {
  if (!state.has(key)) state.set(key, event);
}

function keyOf(type: string, stateKey: string): string {
  return `${type}\n${stateKey}`;
}
