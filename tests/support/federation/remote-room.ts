import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import {
  buildRoomEvent,
  computeContentHash,
  computeReferenceHash,
  EncodedPdu,
  eventIdOf,
  findRoomVersion,
  parseRoomEvent,
  signEvent,
} from '@plexus/room-dag';
import type { BuiltRoomEvent, RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import type { RemoteServer } from './remote-server.ts';
import { federationPath } from './remote-server.ts';

const VERSIONS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'];

/** What another server makes in a room. */
export interface NewEvent {
  readonly type: string;
  readonly content: JsonObject;
  readonly stateKey?: string;
  readonly sender?: string;
  readonly prevEvents?: readonly string[];
  readonly redacts?: string;
}

/** A room as another server has it: enough to go on where the last event ended. */
export class RemoteRoom {
  readonly roomId: string;
  readonly rules: RoomVersionRules;
  readonly userId: string;
  /** What came with the join. */
  readonly answer: JsonObject;
  readonly #server: RemoteServer;
  readonly #state = new Map<string, RoomEvent>();
  #last: RoomEvent;

  private constructor(server: RemoteServer, rules: RoomVersionRules, join: RoomEvent, answer: JsonObject) {
    this.#server = server;
    this.rules = rules;
    this.roomId = join.roomId;
    this.userId = join.sender;
    this.answer = answer;
    this.#last = join;
    for (const event of [...eventsOf(answer['state'], rules), join])
      this.#state.set(`${event.type} ${event.stateKey ?? ''}`, event);
  }

  static async join(server: RemoteServer, roomId: string, userId: string): Promise<RemoteRoom> {
    const { rules, event } = await makeMembership(server, 'join', roomId, userId);
    const path = federationPath('v2/send_join', roomId, event.eventId);
    const answer = await server.ask('PUT', path, event.pdu);
    return new RemoteRoom(server, rules, event, answer);
  }

  /** The newest event here. */
  get last(): RoomEvent {
    return this.#last;
  }

  /** Makes an event that follows the last one, or others. */
  make({ type, content, stateKey, sender = this.userId, prevEvents, redacts }: NewEvent): BuiltRoomEvent {
    const cited = ['m.room.create ', 'm.room.power_levels ', `m.room.member ${sender}`]
      .filter((key) => this.rules.createEventInAuthEvents || key !== 'm.room.create ')
      .map((key) => this.#state.get(key))
      .filter((event) => event !== undefined);
    const hashes = [...cited, this.#last].map(({ eventId, pdu }): [string, string] => [
      eventId,
      computeReferenceHash(pdu, this.rules),
    ]);
    const built = buildRoomEvent(
      {
        type,
        sender,
        roomId: this.roomId,
        stateKey,
        content,
        prevEvents: prevEvents ?? [this.#last.eventId],
        authEvents: cited.map(({ eventId }) => eventId),
        depth: this.#last.depth + 1,
        originServerTs: Date.now(),
        redacts,
        eventId: newEventId(this.#server),
        referenceHashes: new Map(hashes),
      },
      this.rules,
      [{ serverName: this.#server.serverName, key: this.#server.key }],
    );
    if (built.outcome === 'drop') throw new Error(built.because);
    this.#last = built.event;
    return built;
  }

  say(body: string): BuiltRoomEvent {
    return this.make({ type: 'm.room.message', content: { msgtype: 'm.text', body } });
  }

  /** Goes on behind an event of another server. */
  follow(event: RoomEvent): void {
    this.#last = event;
    if (event.stateKey !== undefined) this.#state.set(`${event.type} ${event.stateKey}`, event);
  }
}

/** A membership of a room, made by a template and signed. */
export async function makeMembership(
  server: RemoteServer,
  membership: 'join' | 'leave' | 'knock',
  roomId: string,
  userId: string,
): Promise<{ readonly rules: RoomVersionRules; readonly event: RoomEvent }> {
  const versions = VERSIONS.map((version) => `ver=${version}`).join('&');
  const path = federationPath(`v1/make_${membership}`, roomId, userId);
  const template = await server.ask('GET', membership === 'leave' ? path : `${path}?${versions}`);
  return complete(server, template);
}

/** Signs a template as its server would. */
export function complete(
  server: RemoteServer,
  { event, room_version: version }: JsonObject,
): { readonly rules: RoomVersionRules; readonly event: RoomEvent } {
  const rules = findRoomVersion(String(version));
  if (rules === undefined) throw new Error(`unknown version ${String(version)}`);
  const signed = signPdu(server, event as JsonObject, rules);
  return { rules, event: signed };
}

/** Hashes and signs what is meant to become an event. */
export function signPdu(server: RemoteServer, proto: JsonObject, rules: RoomVersionRules): RoomEvent {
  const { hashes: _hashes, signatures: _signatures, unsigned: _unsigned, ...common } = proto;
  const namesItself = rules.eventIdFormat === 'server-chosen';
  const rest = namesItself ? { ...common, event_id: newEventId(server) } : common;
  const sha256 = computeContentHash(rest, rules);
  const pdu: JsonObject = { ...rest, hashes: { sha256 }, signatures: {} };
  const encoded = new EncodedPdu(pdu, rules);
  const event = parseRoomEvent(encoded.full(), eventIdOf(encoded), rules);
  return signEvent(event, [{ serverName: server.serverName, key: server.key }]).event;
}

function newEventId(server: RemoteServer): string {
  return `$${crypto.randomUUID()}:${server.serverName}`;
}

/** The events in an answer. */
export function eventsOf(list: JsonValue | undefined, rules: RoomVersionRules): RoomEvent[] {
  if (!Array.isArray(list)) return [];
  return list.map((pdu) => {
    const encoded = new EncodedPdu(pdu as JsonObject, rules);
    return parseRoomEvent(encoded.full(), eventIdOf(encoded), rules);
  });
}
