import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buildXMatrix } from '@plexus/matrix-api';
import { encodeCanonicalJson, SigningKey, signJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { generate } from 'selfsigned';
import type { MatrixHttp, Reply } from '../matrix-client.ts';
import { RemoteRoom } from './remote-room.ts';

const HOSTED = 'localhost';

/** Another homeserver: it answers for its key, and signs what it asks. */
export class RemoteServer {
  readonly key: SigningKey;
  readonly #http: MatrixHttp;
  readonly #server: Server;
  readonly #hosted: string;

  private constructor(http: MatrixHttp, hosted: string, { server, key }: { server: Server; key: SigningKey }) {
    this.#http = http;
    this.#hosted = hosted;
    this.#server = server;
    this.key = key;
  }

  /** Speaks to `hosted` where nothing else is said. */
  static async open(http: MatrixHttp, hosted = HOSTED): Promise<RemoteServer> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      algorithm: 'sha256',
    });
    const server = createServer({ cert, key });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const signingKey = new SigningKey('ed25519:remote', crypto.getRandomValues(new Uint8Array(32)));
    const remote = new RemoteServer(http, hosted, { server, key: signingKey });
    server.on('request', (_request, response) => response.end(JSON.stringify(remote.#ownKeys())));
    return remote;
  }

  /** The same server, that speaks by another way. */
  through(http: MatrixHttp): RemoteServer {
    return new RemoteServer(http, this.#hosted, { server: this.#server, key: this.key });
  }

  get serverName(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  user(name: string): string {
    return `@${name}:${this.serverName}`;
  }

  call(method: string, path: string, body?: JsonObject, destination = this.#hosted): Promise<Reply> {
    const request = { method, uri: path, origin: this.serverName, destination };
    const content = body === undefined ? {} : { content: encodeCanonicalJson(body, 'any') };
    const authorization = buildXMatrix({ ...request, ...content }, this.key);
    return this.#http.call(method, path, { ...(body !== undefined && { body }), headers: { authorization } });
  }

  /** The body of an answer of 200; anything else throws. */
  async ask(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
    const reply = await this.call(method, path, body);
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body as JsonObject;
  }

  /** Brings a user of this server into a room of the hosted one. */
  join(roomId: string, userId: string): Promise<RemoteRoom> {
    return RemoteRoom.join(this, roomId, userId);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #ownKeys(): JsonObject {
    const keys = {
      server_name: this.serverName,
      verify_keys: { [this.key.keyId]: { key: this.key.publicKey } },
      old_verify_keys: {},
      valid_until_ts: Date.now() + 86_400_000,
    };
    return signJson(keys, this.serverName, this.key);
  }
}

/** The path of an endpoint, its variables encoded. */
export function federationPath(rest: string, ...variables: readonly string[]): string {
  const encoded = variables.map((variable) => encodeURIComponent(variable)).join('/');
  return `/_matrix/federation/${rest}${encoded === '' ? '' : `/${encoded}`}`;
}
