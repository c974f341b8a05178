import type { JsonObject } from '@plexus/matrix-base';
import { SigningKey } from '@plexus/matrix-base';
import { authTypesForEvent, buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import type { EventSigner, RoomEvent, RoomVersion } from '@plexus/room-dag';
import type { PieceEvent } from '@plexus/rpc';
import type { StagedEvent, StagedPart } from '@plexus/storage';

/** An event of a room that is on another server. */
export interface RemoteRoomEvent {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  /** The room's last event where nothing is given. */
  readonly prevEvents?: readonly string[];
  readonly signer?: EventSigner;
}

export interface MadeEvent {
  readonly event: RoomEvent;
  readonly bytes: Buffer;
  /** Of what is given without its content. */
  readonly isRedactedCopy?: boolean;
}

let made = 0;

/** A room as another server has it: a line of events, and the state after the last one. */
export class RemoteRoom {
  readonly version: RoomVersion;
  readonly roomId: string;
  readonly events: MadeEvent[] = [];
  readonly #signer = { serverName: 'remote.example', key: new SigningKey('ed25519:r', Buffer.alloc(32, 99)) };
  readonly #state = new Map<string, MadeEvent>();

  constructor({ creator, version = '11' }: { readonly creator: string; readonly version?: RoomVersion }) {
    this.version = version;
    made += 1;
    const rules = this.#rules;
    this.roomId = rules.roomIdIsCreateEventHash ? '' : `!far${made}:remote.example`;
    const content: JsonObject = { room_version: version, ...(!rules.creatorIsSender && { creator }) };
    const create = this.add({ type: 'm.room.create', sender: creator, stateKey: '', content, prevEvents: [] });
    if (this.roomId === '') this.roomId = create.event.roomId;
    this.member(creator, 'join');
    const users = rules.privilegedCreators ? {} : { [creator]: 100 };
    this.add({ type: 'm.room.power_levels', sender: creator, stateKey: '', content: { users } });
    this.add({ type: 'm.room.join_rules', sender: creator, stateKey: '', content: { join_rule: 'public' } });
  }

  get last(): MadeEvent {
    const last = this.events.at(-1);
    if (last === undefined) throw new Error('the room is empty');
    return last;
  }

  /** The state after the last event. */
  state(): MadeEvent[] {
    return [...this.#state.values()];
  }

  member(userId: string, membership: string, signer?: EventSigner): MadeEvent {
    const content = { membership };
    const event = { type: 'm.room.member', sender: userId, stateKey: userId, content };
    return this.add(signer === undefined ? event : { ...event, signer });
  }

  say(sender: string, body: string): MadeEvent {
    return this.add({ type: 'm.room.message', sender, content: { body, msgtype: 'm.text' } });
  }

  add(remote: RemoteRoomEvent): MadeEvent {
    const event = this.build(remote);
    this.events.push(event);
    const { type, stateKey } = event.event;
    if (stateKey !== undefined) this.#state.set(`${type} ${stateKey}`, event);
    return event;
  }

  /** Forgets the last event, which was the first of its key. */
  takeBack(): void {
    const { type, stateKey } = this.last.event;
    this.#state.delete(`${type} ${stateKey}`);
    this.events.pop();
  }

  /** An event that the room does not have. */
  build({ signer = this.#signer, ...remote }: RemoteRoomEvent): MadeEvent {
    made += 1;
    const rules = this.#rules;
    const isCreate = remote.type === 'm.room.create';
    const keys = authTypesForEvent({ ...remote, stateKey: remote.stateKey, rules });
    const cited = keys.flatMap(({ type, stateKey }) => this.#state.get(`${type} ${stateKey}`) ?? []);
    const previous = this.events.at(-1)?.event;
    const built = buildRoomEvent(
      {
        ...remote,
        roomId: isCreate && rules.roomIdIsCreateEventHash ? undefined : this.roomId,
        prevEvents: remote.prevEvents ?? (previous === undefined ? [] : [previous.eventId]),
        authEvents: isCreate ? [] : cited.map(({ event }) => event.eventId),
        depth: (previous?.depth ?? 0) + 1,
        originServerTs: 1_600_000_000_000 + made,
        eventId: rules.eventIdFormat === 'server-chosen' ? `$far${made}:remote.example` : undefined,
        referenceHashes: new Map(this.events.map(({ event }) => [event.eventId, 'hash'])),
      },
      rules,
      [signer],
    );
    if (built.outcome !== 'ok') throw new Error(built.because);
    return built;
  }

  get #rules() {
    const rules = findRoomVersion(this.version);
    if (rules === undefined) throw new Error('no such version');
    return rules;
  }
}

/** Parts of an import in the order in which they are to be taken. */
export function stage(parts: readonly (readonly [StagedPart, readonly MadeEvent[]])[]): StagedEvent[] {
  const events = parts.flatMap(([part, list]) => list.map((event) => ({ part, ...event })));
  return events.map(({ part, event, bytes, isRedactedCopy = false }, ordinal) => {
    return { ordinal, part, eventId: event.eventId, json: bytes, isRedactedCopy };
  });
}

/** Events as a command brings them. */
export function pieceOf(events: readonly MadeEvent[], isInState = true): PieceEvent[] {
  return events.map(({ event: { eventId }, bytes }) => ({ eventId, json: bytes, isRedactedCopy: false, isInState }));
}
