import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { AnswerRequest, ReceivedRequest, RemoteHomeserver } from './remote-homeserver.ts';

const SEND = /^\/_matrix\/federation\/v1\/send\/([^/]+)$/;

/** Transactions that a scripted server is sent. It takes each, unless it is told otherwise. */
export class Inbox {
  /** What it answers to transactions; the only part is the transaction's id. */
  answer: AnswerRequest = () => ({ status: 200, body: { pdus: {} } });
  readonly #requests: readonly ReceivedRequest[];

  constructor(server: Pick<RemoteHomeserver, 'answer' | 'requests'>) {
    this.#requests = server.requests;
    server.answer('PUT', SEND, (request) => this.answer(request));
  }

  /** In the order in which they came, those that came again and those that were not taken included. */
  get transactions(): readonly ReceivedRequest[] {
    return this.#requests.filter(({ method, path }) => method === 'PUT' && SEND.test(path));
  }

  get pdus(): readonly JsonObject[] {
    return this.transactions.flatMap(({ body }) => objectsOf(body['pdus']));
  }

  get edus(): readonly JsonObject[] {
    return this.transactions.flatMap(({ body }) => objectsOf(body['edus']));
  }

  /** Texts of messages. */
  get said(): readonly unknown[] {
    return this.pdus.flatMap(({ type, content }) => {
      return type === 'm.room.message' && isJsonObject(content) ? [content['body']] : [];
    });
  }
}

function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
