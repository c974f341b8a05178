import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import { RemoteHomeserver } from '@plexus/testing';
import type { ReceivedRequest, ScriptedAnswer } from '@plexus/testing';
import type { Routes } from './matrix-client.ts';

const SEND = /^\/_matrix\/federation\/v1\/send\/([^/]+)$/;

/** Another server, with one user, that comes into rooms here and takes what it is sent. */
export class VisitingServer {
  readonly server: RemoteHomeserver;
  readonly userId: string;
  /** What it answers to transactions. */
  answer: (request: ReceivedRequest) => ScriptedAnswer | Promise<ScriptedAnswer> = () => ({
    status: 200,
    body: { pdus: {} },
  });
  readonly #routes: Routes;
  readonly #destination: string;

  private constructor(server: RemoteHomeserver, routes: Routes, destination: string) {
    this.server = server;
    this.userId = `@rita:${server.name}`;
    this.#routes = routes;
    this.#destination = destination;
    server.answer('PUT', SEND, (request) => this.answer(request));
  }

  /** Visits rooms of a hosted server. */
  static async start(routes: Routes, destination: string): Promise<VisitingServer> {
    return new VisitingServer(await RemoteHomeserver.start(), routes, destination);
  }

  async join(roomId: string): Promise<void> {
    const path = `${encodeURIComponent(roomId)}/${encodeURIComponent(this.userId)}`;
    const made = await this.ask('GET', `/_matrix/federation/v1/make_join/${path}?ver=10&ver=11&ver=12`);
    const { event, room_version: version } = made;
    const rules = findRoomVersion(String(version));
    if (!isJsonObject(event) || rules === undefined) throw new Error(`no template: ${JSON.stringify(made)}`);
    const built = buildRoomEvent(
      {
        type: 'm.room.member',
        sender: this.userId,
        stateKey: this.userId,
        roomId,
        content: { membership: 'join' },
        prevEvents: textsOf(event['prev_events']),
        authEvents: textsOf(event['auth_events']),
        depth: Number(event['depth']),
        originServerTs: Date.now(),
      },
      rules,
      [{ serverName: this.server.name, key: this.server.key }],
    );
    if (built.outcome !== 'ok') throw new Error(built.because);
    const { eventId, pdu } = built.event;
    await this.ask(
      'PUT',
      `/_matrix/federation/v2/send_join/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}`,
      pdu,
    );
  }

  /** Asks the hosted server; throws for anything but 200. */
  async ask(method: string, target: string, body?: JsonObject): Promise<JsonObject> {
    const baseUrl = this.#routes.baseUrlFor(target);
    const answer = await this.server.send({
      baseUrl,
      destination: this.#destination,
      method,
      target,
      ...(body !== undefined && { body }),
    });
    if (answer.status !== 200) throw new Error(`${method} ${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Transactions that it got, in order. */
  get transactions(): readonly ReceivedRequest[] {
    return this.server.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/federation/v1/send/'));
  }

  /** PDUs that it got, in order. */
  get pdus(): readonly JsonObject[] {
    return this.transactions.flatMap(({ body }) => objectsOf(body['pdus']));
  }

  get edus(): readonly JsonObject[] {
    return this.transactions.flatMap(({ body }) => objectsOf(body['edus']));
  }

  /** Texts of messages that it got, in order. */
  get said(): readonly unknown[] {
    return this.pdus.flatMap(({ type, content }) => {
      return type === 'm.room.message' && isJsonObject(content) ? [content['body']] : [];
    });
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
