import type { JsonObject } from '@plexus/matrix-base';
import { authTypesForEvent, buildRoomEvent, findRoomVersion, readReceivedPdu, signEvent } from '@plexus/room-dag';
import type { Pdu, RoomEvent, RoomVersionRules, StateKey } from '@plexus/room-dag';
import type { RemoteHomeserver } from './remote-homeserver.ts';

/** An event to be made; what is left out follows from the room's newest events. */
export interface RemoteProtoEvent {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  readonly prevEvents?: readonly string[];
  readonly authEvents?: readonly string[];
  readonly depth?: number;
  readonly redacts?: string;
  readonly originServerTs?: number;
}

export interface RemoteRoomOptions {
  /** From 3 on. */
  readonly version?: string;
  /** A user of the server. */
  readonly creator?: string;
  readonly joinRule?: string;
  /** Further content of the room's power levels. */
  readonly powerLevels?: JsonObject;
  readonly historyVisibility?: string;
}

interface Kept {
  readonly event: RoomEvent;
  /** What comes before the event in the line whose state it continues. */
  readonly parent: Kept | undefined;
}

/**
 * A room in which a scripted server is resident. State is that of one line: of several `prevEvents` the first one's state counts, since
 * nobody resolves here.
 */
export class RemoteRoom {
  readonly rules: RoomVersionRules;
  readonly creator: string;
  readonly roomId: string;
  readonly #server: RemoteHomeserver;
  readonly #kept = new Map<string, Kept>();
  readonly #current = new Map<string, RoomEvent>();
  #newest: Kept | undefined;
  #time = Date.now() - 3_600_000;

  constructor(server: RemoteHomeserver, options: RemoteRoomOptions = {}) {
    const rules = findRoomVersion(options.version ?? '10');
    if (rules === undefined || rules.eventReferences === 'pairs') throw new TypeError('only room versions from 3 on');
    this.rules = rules;
    this.#server = server;
    this.creator = options.creator ?? `@alice:${server.name}`;
    const chosen = rules.roomIdIsCreateEventHash
      ? undefined
      : `!room${server.requests.length}${this.#time}:${server.name}`;
    this.roomId = this.#begin(chosen, options);
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
    const prevEvents = proto.prevEvents ?? this.extremities;
    const parent = this.#kept.get(prevEvents[0] ?? '');
    const built = buildRoomEvent(
      {
        ...proto,
        roomId,
        prevEvents,
        authEvents: proto.authEvents ?? this.#authEvents(proto, parent),
        depth: proto.depth ?? (parent?.event.depth ?? 0) + 1,
        originServerTs: proto.originServerTs ?? this.#time,
      },
      this.rules,
      [{ serverName: this.#server.name, key: this.#server.key }],
    );
    if (built.outcome !== 'ok') throw new TypeError(built.because);
    return built.event;
  }

  /** Keeps an event as the newest one, whoever made it. */
  add(event: RoomEvent): void {
    const kept = { event, parent: this.#kept.get(event.prevEvents[0] ?? '') };
    this.#kept.set(event.eventId, kept);
    if (kept.parent !== this.#newest) this.#reset(kept);
    else if (event.stateKey !== undefined) this.#current.set(keyOf(event.type, event.stateKey), event);
    this.#newest = kept;
  }

  /** Reads an event of the wire, signs it too, and keeps it. */
  accept(pdu: Pdu): RoomEvent {
    const read = readReceivedPdu(pdu, this.rules);
    if (read.outcome !== 'ok') throw new TypeError(`the event cannot be read: ${read.outcome}`);
    const { event } = signEvent(read.event, [{ serverName: this.#server.name, key: this.#server.key }]);
    this.add(event);
    return event;
  }

  /** Lets a user of the server join. */
  join(userId: string): RoomEvent {
    return this.append({
      type: 'm.room.member',
      sender: userId,
      stateKey: userId,
      content: { membership: 'join' },
    });
  }

  say(body: string, sender: string = this.creator): RoomEvent {
    return this.append({ type: 'm.room.message', sender, content: { msgtype: 'm.text', body } });
  }

  /** The state before an event; the current one where none is given. */
  state(beforeEventId?: string): readonly RoomEvent[] {
    if (beforeEventId === undefined) return [...this.#current.values()];
    return [...stateAfter(this.#kept.get(beforeEventId)?.parent).values()];
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
    return this.#authEvents(proto, this.#newest);
  }

  #begin(chosen: string | undefined, options: RemoteRoomOptions): string {
    const creator = this.creator;
    const content: JsonObject = { room_version: this.rules.version, ...(!this.rules.creatorIsSender && { creator }) };
    const create = this.build({ type: 'm.room.create', sender: creator, stateKey: '', content }, chosen);
    this.add(create);
    const state = (type: string, stateKey: string, value: JsonObject): void =>
      this.add(this.build({ type, sender: creator, stateKey, content: value }, create.roomId));
    state('m.room.member', creator, { membership: 'join' });
    const users = this.rules.privilegedCreators ? {} : { users: { [creator]: 100 } };
    state('m.room.power_levels', '', { ...users, ...options.powerLevels });
    state('m.room.join_rules', '', { join_rule: options.joinRule ?? 'public' });
    state('m.room.history_visibility', '', { history_visibility: options.historyVisibility ?? 'shared' });
    return create.roomId;
  }

  #authEvents(
    proto: Pick<RemoteProtoEvent, 'type' | 'sender' | 'stateKey' | 'content'>,
    parent: Kept | undefined,
  ): string[] {
    const keys = authTypesForEvent({ ...proto, stateKey: proto.stateKey, rules: this.rules });
    const state = parent === this.#newest ? this.#current : stateAfter(parent);
    return keys.flatMap((key: StateKey) => state.get(keyOf(key.type, key.stateKey))?.eventId ?? []);
  }

  #reset(kept: Kept): void {
    this.#current.clear();
    for (const [key, event] of stateAfter(kept)) this.#current.set(key, event);
  }
}

function stateAfter(kept: Kept | undefined): Map<string, RoomEvent> {
  const state = new Map<string, RoomEvent>();
  for (let at = kept; at !== undefined; at = at.parent) {
    const { event } = at;
    if (event.stateKey === undefined) continue;
    const key = keyOf(event.type, event.stateKey);
    if (!state.has(key)) state.set(key, event);
  }
  return state;
}

function keyOf(type: string, stateKey: string): string {
  return `${type}\n${stateKey}`;
}
