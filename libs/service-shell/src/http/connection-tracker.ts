import type { Duplex } from 'node:stream';
import { answerSocketError } from './socket-errors.ts';

interface Connection {
  /** Requests whose responses are not finished; more than one where the client pipelines. */
  open: number;
  failure?: Error;
}

/**
 * Knows which connections have unfinished responses, so that the answer to something that is not HTTP goes behind the responses to the
 * requests before it and never into the middle of one.
 */
export class ConnectionTracker {
  readonly #connections = new WeakMap<Duplex, Connection>();

  begin(socket: Duplex): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) this.#connections.set(socket, { open: 1 });
    else connection.open += 1;
  }

  end(socket: Duplex): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.open -= 1;
    if (connection.open === 0 && connection.failure !== undefined) answerSocketError(connection.failure, socket);
  }

  fail(socket: Duplex, error: Error): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.open === 0) answerSocketError(error, socket);
    else connection.failure = error;
  }
}
