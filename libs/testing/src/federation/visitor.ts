import { buildXMatrix } from '@plexus/matrix-api';
import { encodeCanonicalJson, isJsonObject } from '@plexus/matrix-base';
import type { JsonObject, SigningKey } from '@plexus/matrix-base';
import { ROOM_VERSIONS } from '@plexus/room-dag';
import type { RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import { Inbox } from './inbox.ts';
import { RemoteHomeserver } from './remote-homeserver.ts';
import type { RemoteHomeserverOptions } from './remote-homeserver.ts';
import { RemoteRoom } from './remote-room.ts';
import { completeTemplate, eventsOf } from './sign-pdu.ts';

export interface CarriedAnswer {
  readonly status: number;
  readonly body: { readonly [key: string]: unknown };
}

/** Speaks HTTP, and knows which address serves which path of the hosted servers. */
export interface Carrier {
  call(
    method: string,
    target: string,
    request: { readonly body?: unknown; readonly headers: Record<string, string> },
  ): Promise<CarriedAnswer>;
}

export interface VisitorOptions extends RemoteHomeserverOptions {
  /** The hosted server that is meant where no other is named; `localhost` where nothing is said. */
  readonly destination?: string;
}

/** What there is to a transaction besides its id. */
export interface SentTransaction {
  readonly pdus?: readonly JsonObject[];
  readonly edus?: readonly JsonObject[];
}

const HOSTED = 'localhost';

/** A scripted server whose users visit rooms of hosted servers: it signs what it asks, and takes the transactions that it is sent. */
export class Visitor {
  readonly server: RemoteHomeserver;
  readonly inbox: Inbox;
  readonly #carrier: Carrier;
  readonly #destination: string;

  constructor(
    server: RemoteHomeserver,
    inbox: Inbox,
    way: { readonly carrier: Carrier; readonly destination: string },
  ) {
    this.server = server;
    this.inbox = inbox;
    this.#carrier = way.carrier;
    this.#destination = way.destination;
  }

  /** It calls itself by an address where nothing else is said. */
  static async open(carrier: Carrier, { destination = HOSTED, ...options }: VisitorOptions = {}): Promise<Visitor> {
    const server = await RemoteHomeserver.start({ hostname: '127.0.0.1', ...options });
    return new Visitor(server, new Inbox(server), { carrier, destination });
  }

  /** The same server, that speaks by another way. */
  through(carrier: Carrier): Visitor {
    return new Visitor(this.server, this.inbox, { carrier, destination: this.#destination });
  }

  get serverName(): string {
    return this.server.name;
  }

  get key(): SigningKey {
    return this.server.key;
  }

  user(localpart: string): string {
    return this.server.user(localpart);
  }

  call(
    method: string,
    target: string,
    body?: JsonObject,
    destination: string = this.#destination,
  ): Promise<CarriedAnswer> {
    const request = { method, uri: target, origin: this.serverName, destination };
    const content = body === undefined ? {} : { content: encodeCanonicalJson(body, 'any') };
    const authorization = buildXMatrix({ ...request, ...content }, this.key);
    return this.#carrier.call(method, target, { ...(body !== undefined && { body }), headers: { authorization } });
  }

  /** The body of an answer of 200, whose shape is for the caller to know; anything else throws. */
  async ask<Body = JsonObject>(method: string, target: string, body?: JsonObject): Promise<Body> {
    const answer = await this.call(method, target, body);
    if (answer.status !== 200) throw new Error(`${method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
    const told: unknown = answer.body;
    return told as Body;
  }

  /** What became of each PDU, by its id. */
  async send(transactionId: string, { pdus = [], edus = [] }: SentTransaction): Promise<JsonObject> {
    const body = { origin: this.serverName, origin_server_ts: Date.now(), pdus: [...pdus], edus: [...edus] };
    const { pdus: results } = await this.ask('PUT', federationPath('v1/send', transactionId), body);
    if (!isJsonObject(results)) throw new Error(`no results of ${transactionId}`);
    return results;
  }

  /** Brings a user of this server into a room of the hosted one. */
  async join(roomId: string, userId: string): Promise<RemoteRoom> {
    return (await this.enter(roomId, userId)).room;
  }

  /** As `join`, with what the hosted server answered. */
  async enter(roomId: string, userId: string): Promise<{ readonly room: RemoteRoom; readonly answer: JsonObject }> {
    const { rules, event: join } = await this.makeMembership('join', roomId, userId);
    const answer = await this.ask('PUT', federationPath('v2/send_join', roomId, join.eventId), join.pdu);
    const [state, authChain] = [eventsOf(answer['state'], rules), eventsOf(answer['auth_chain'], rules)];
    return { room: new RemoteRoom(this.server, { join, state, authChain }), answer };
  }

  /** A membership of a room, made by a template and signed; not sent. */
  async makeMembership(
    membership: 'join' | 'leave' | 'knock',
    roomId: string,
    userId: string,
  ): Promise<{ readonly rules: RoomVersionRules; readonly event: RoomEvent }> {
    const versions = ROOM_VERSIONS.map((version) => `ver=${version}`).join('&');
    const path = federationPath(`v1/make_${membership}`, roomId, userId);
    return completeTemplate(this.server, await this.ask('GET', membership === 'leave' ? path : `${path}?${versions}`));
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** The path of an endpoint, its variables encoded. */
export function federationPath(rest: string, ...variables: readonly string[]): string {
  const encoded = variables.map((variable) => encodeURIComponent(variable)).join('/');
  return `/_matrix/federation/${rest}${encoded === '' ? '' : `/${encoded}`}`;
}
