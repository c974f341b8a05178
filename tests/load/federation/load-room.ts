import type { JsonObject, SigningKey } from '@plexus/matrix-base';
import { serverNameOf } from '@plexus/matrix-base';
import { buildRoomEvent, EncodedPdu, eventIdOf, findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';

const VERSION = '10';

export interface LoadRoomOptions {
  readonly roomId: string;
  /** Signs for every server in the room. */
  readonly key: SigningKey;
  readonly creator: string;
  /** Joined one after the other, beside the creator. */
  readonly members: readonly string[];
}

interface MadeEvent {
  readonly eventId: string;
  /** Canonical JSON. */
  readonly text: string;
}

/** A public room whose events are made and signed beforehand: what is asked of it is put together from texts. */
export class LoadRoom {
  readonly version = VERSION;
  readonly roomId: string;
  readonly creator: string;
  readonly #key: SigningKey;
  readonly #rules: RoomVersionRules;
  readonly #create: MadeEvent;
  readonly #founder: MadeEvent;
  readonly #powerLevels: MadeEvent;
  readonly #joinRules: MadeEvent;
  readonly #events = new Map<string, string>();
  readonly #members: MadeEvent[] = [];
  readonly #stateText: Buffer;
  readonly #serversText: string;
  #last: string | undefined;
  #depth = 0;
  #time = Date.now() - 3_600_000;

  constructor({ roomId, key, creator, members }: LoadRoomOptions) {
    const rules = findRoomVersion(VERSION);
    if (rules === undefined) throw new TypeError(`room version ${VERSION} is unknown`);
    this.#rules = rules;
    this.roomId = roomId;
    this.creator = creator;
    this.#key = key;
    const create: JsonObject = { room_version: VERSION, creator };
    this.#create = this.#append({ type: 'm.room.create', stateKey: '', content: create }, []);
    this.#founder = this.#join(creator, [this.#create]);
    const founded = [this.#create, this.#founder];
    const power: JsonObject = { users: { [creator]: 100 } };
    this.#powerLevels = this.#append({ type: 'm.room.power_levels', stateKey: '', content: power }, founded);
    const open: JsonObject = { join_rule: 'public' };
    const authorized = [...founded, this.#powerLevels];
    this.#joinRules = this.#append({ type: 'm.room.join_rules', stateKey: '', content: open }, authorized);
    const joining = [this.#create, this.#powerLevels, this.#joinRules];
    for (const userId of members) this.#members.push(this.#join(userId, joining));
    this.#stateText = Buffer.from([...this.#basicState(), this.#founder, ...this.#members].map(textOf).join(','));
    this.#serversText = JSON.stringify([...new Set([creator, ...members].map(serverNameOf))]);
    // The state before it is the whole state: one answer serves every question for it.
    this.say('Everybody is here.');
  }

  /** A message of the creator, after whatever was last in the room. */
  say(body: string): string {
    const cited = [this.#create, this.#powerLevels, this.#founder];
    return this.#append({ type: 'm.room.message', content: { msgtype: 'm.text', body } }, cited).text;
  }

  find(eventId: string): string | undefined {
    return this.#events.get(eventId);
  }

  /** What a new member is to sign. */
  joinTemplate(userId: string): JsonObject {
    return {
      room_version: VERSION,
      event: {
        type: 'm.room.member',
        sender: userId,
        state_key: userId,
        content: { membership: 'join' },
        room_id: this.roomId,
        depth: this.#depth + 1,
        prev_events: this.#last === undefined ? [] : [this.#last],
        auth_events: [this.#create, this.#powerLevels, this.#joinRules].map(({ eventId }) => eventId),
        origin_server_ts: Date.now(),
      },
    };
  }

  /** Takes a join that was signed elsewhere; what is made later follows it. The answer to it, in pieces. */
  admit(pdu: JsonObject, isPartial: boolean): (string | Buffer)[] {
    const encoded = new EncodedPdu(pdu, this.#rules);
    const [eventId, text] = [eventIdOf(encoded), encoded.full()];
    this.#events.set(eventId, text);
    this.#last = eventId;
    this.#depth += 1;
    const [state, chain] = isPartial
      ? [this.#basicState().map(textOf).join(','), textOf(this.#founder)]
      : [this.#stateText, this.#chainText()];
    const rest = isPartial
      ? `"members_omitted":true,"servers_in_room":${this.#serversText}`
      : `"members_omitted":false`;
    const origin = serverNameOf(this.creator);
    return [`{"event":${text},"origin":"${origin}",${rest},"auth_chain":[${chain}],"state":[`, state, ']}'];
  }

  /** The state before the last event, and its auth chain. */
  state(): (string | Buffer)[] {
    return [`{"auth_chain":[${this.#chainText()}],"pdus":[`, this.#stateText, ']}'];
  }

  stateIds(): JsonObject {
    const state = [...this.#basicState(), this.#founder, ...this.#members];
    return {
      pdu_ids: state.map(({ eventId }) => eventId),
      auth_chain_ids: [...this.#basicState(), this.#founder].map(({ eventId }) => eventId),
    };
  }

  #basicState(): MadeEvent[] {
    return [this.#create, this.#powerLevels, this.#joinRules];
  }

  #chainText(): string {
    return [...this.#basicState(), this.#founder].map(textOf).join(',');
  }

  #join(userId: string, cited: readonly MadeEvent[]): MadeEvent {
    const content: JsonObject = { membership: 'join', displayname: userId.slice(1, userId.indexOf(':')) };
    return this.#append({ type: 'm.room.member', sender: userId, stateKey: userId, content }, cited);
  }

  #append({ sender = this.creator, ...proto }: NewEvent, cited: readonly MadeEvent[]): MadeEvent {
    this.#depth += 1;
    this.#time += 1;
    const built = buildRoomEvent(
      {
        ...proto,
        sender,
        roomId: this.roomId,
        prevEvents: this.#last === undefined ? [] : [this.#last],
        authEvents: cited.map(({ eventId }) => eventId),
        depth: this.#depth,
        originServerTs: this.#time,
      },
      this.#rules,
      [{ serverName: serverNameOf(sender), key: this.#key }],
    );
    if (built.outcome === 'drop') throw new TypeError(built.because);
    const { eventId } = built.event;
    const made = { eventId, text: built.bytes.toString() };
    this.#events.set(eventId, made.text);
    this.#last = eventId;
    return made;
  }
}

interface NewEvent {
  readonly type: string;
  readonly sender?: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
}

function textOf({ text }: MadeEvent): string {
  return text;
}
