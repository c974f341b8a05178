import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerSocketError, errorForSocket } from './socket-errors.ts';

interface Connection {
  /** Responses that are not finished; more than one where the client pipelines. */
  readonly responses: Set<ServerResponse>;
  failure?: Error;
}

/**
 * Knows the connections of a server and which of them have unfinished responses. So the answer to something that is not HTTP goes behind
 * the responses to the requests before it, and a server that stops can close every connection as soon as nothing is owed on it: Node's
 * own idea of an idle connection leaves out those that have not sent a request yet.
 */
export class ConnectionTracker {
  readonly #connections = new Map<Socket, Connection>();
  readonly #handshakes = new Map<string, Socket>();
  #isAnnounced = false;
  #draining = false;

  watch(server: Server, isTls: boolean): void {
    server.on('connection', (socket: Socket) => (isTls ? this.#beginHandshake(socket) : this.#connect(socket)));
    server.on('secureConnection', (socket: Socket) => {
      this.#handshakes.delete(peerOf(socket));
      this.#connect(socket);
    });
    server.on('clientError', (error: Error, socket: Socket) => this.#fail(socket, error));
  }

  begin(socket: Socket, response: ServerResponse): void {
    this.#connections.get(socket)?.responses.add(response);
    if (this.#isAnnounced) response.setHeader('Connection', 'close');
  }

  end(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.responses.delete(response);
    if (connection.responses.size > 0) return;
    if (connection.failure !== undefined) answerSocketError(connection.failure, socket);
    else if (this.#draining) socket.destroySoon();
  }

  /**
   * Each response from now on is the last of its connection: whoever keeps one open learns so before it is closed between two requests,
   * and opens the next one elsewhere.
   */
  announceEnd(): void {
    this.#isAnnounced = true;
  }

  /** Closes what is idle now, and everything else when its responses are out. */
  drain(): void {
    this.#draining = true;
    for (const socket of this.#handshakes.values()) socket.destroy();
    for (const [socket, { responses }] of this.#connections) {
      if (responses.size === 0) socket.destroySoon();
      for (const response of responses) {
        if (!response.headersSent) response.setHeader('Connection', 'close');
      }
    }
  }

  #connect(socket: Socket): void {
    this.#connections.set(socket, { responses: new Set() });
    socket.once('close', () => this.#connections.delete(socket));
  }

  #beginHandshake(socket: Socket): void {
    const peer = peerOf(socket);
    this.#handshakes.set(peer, socket);
    socket.once('close', () => {
      if (this.#handshakes.get(peer) === socket) this.#handshakes.delete(peer);
    });
  }

  #fail(socket: Socket, error: Error): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.responses.size === 0) answerSocketError(error, socket);
    else if (!failBody(connection, error)) connection.failure = error;
  }
}

/** Tells who reads a body that its rest will never come: their answer is the one to the failure, and the last. */
function failBody({ responses }: Connection, error: Error): boolean {
  const last = [...responses].at(-1);
  if (last === undefined || last.headersSent || last.req.complete || last.req.listenerCount('error') === 0)
    return false;
  last.setHeader('Connection', 'close');
  last.req.emit('error', errorForSocket(error));
  return true;
}

/** A TLS connection and the TCP connection that it came from have the same peer. */
function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
