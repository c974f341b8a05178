import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { generate } from 'selfsigned';
import { buildXMatrix, parseXMatrix } from '@plexus/matrix-api';
import type { XMatrixCredentials } from '@plexus/matrix-api';
import { encodeCanonicalJson, isJsonObject, parseJson, SigningKey, signJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { giveAnswer, UNRECOGNIZED } from './scripted-answer.ts';
import type { ScriptedAnswer } from './scripted-answer.ts';

/** What another server asked of this one. */
export interface ReceivedRequest {
  readonly method: string;
  /** As it was sent: with its query, percent-encoded. */
  readonly target: string;
  /** Decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** An empty object where there was no JSON object. */
  readonly body: JsonObject;
  /** Nothing of it is verified. */
  readonly credentials: XMatrixCredentials | undefined;
  /** What the groups of the route's pattern matched, decoded. */
  readonly parts: readonly string[];
}

/** A request before the script has seen it. */
export interface RawRequest extends Pick<ReceivedRequest, 'method' | 'target' | 'headers'> {
  readonly bytes: Uint8Array;
}

export type AnswerRequest = (request: ReceivedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly fits: (request: Pick<ReceivedRequest, 'path' | 'body'>) => boolean;
  readonly answer: AnswerRequest;
}

export interface RemoteHomeserverOptions {
  /** The name that it calls itself; `<hostname>:<port>` where nothing is said. */
  readonly serverName?: string;
  /** `localhost` where nothing is said. */
  readonly hostname?: string;
  /** Names and addresses that its certificate is for. */
  readonly certificateNames?: readonly string[];
}

/** A request of this server to another one. */
export interface SentRequest {
  /** Where the other server's API is, as an `http` URL. */
  readonly baseUrl: string;
  readonly destination: string;
  readonly method: string;
  /** From `/_matrix/` on, with its query. */
  readonly target: string;
  readonly body?: JsonObject;
  /** Signs with this key instead of its own. */
  readonly key?: SigningKey;
  /** Changes what is sent after it was signed. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReceivedAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

const KEY_LIFETIME_MS = 3_600_000;

/**
 * A homeserver that does as it is told: HTTPS with a certificate that nobody vouches for, a signing key of its own, and a script. What no
 * script answers is `M_UNRECOGNIZED`. All requests are kept.
 */
export class RemoteHomeserver {
  readonly requests: ReceivedRequest[] = [];
  /** Which name each connection asked for when it was made (SNI); nothing where it named none. */
  readonly namesAskedFor: (string | undefined)[] = [];
  readonly name: string;
  readonly port: number;
  /** As PEM: who trusts it as an authority verifies this server. */
  readonly certificate: string;
  key: SigningKey;
  readonly oldKeys = new Map<string, { readonly key: string; readonly expired_ts: number }>();
  /** Up to when its keys are valid, in milliseconds since the epoch; an hour from each request where nothing is said. */
  validUntil: number | undefined;
  readonly #server: Server;
  readonly #routes: Route[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  #isAway = false;
  #keyCount = 1;

  private constructor(
    server: Server,
    own: { readonly port: number; readonly certificate: string; readonly name: string },
  ) {
    this.#server = server;
    this.port = own.port;
    this.certificate = own.certificate;
    this.name = own.name;
    this.key = this.#newKey();
    this.answer('GET', /^\/_matrix\/key\/v2\/server$/, () => ({ status: 200, body: this.keyDocument() }));
    this.answer('GET', /^\/_matrix\/federation\/v1\/version$/, () => ({
      status: 200,
      body: { server: { name: 'Scripted', version: '1' } },
    }));
    server.on('connection', (socket: Socket) => this.#connected(socket));
    server.on('secureConnection', ({ servername }) => this.namesAskedFor.push(servername || undefined));
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(options: RemoteHomeserverOptions = {}): Promise<RemoteHomeserver> {
    const { serverName, hostname = 'localhost', certificateNames = ['localhost', '127.0.0.1', '::1'] } = options;
    const certificate = await generate([{ name: 'commonName', value: certificateNames[0] ?? 'localhost' }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: certificateNames.map(alternativeName) }],
    });
    const server = createServer({ cert: certificate.cert, key: certificate.private });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const name = serverName ?? `${hostname}:${port}`;
    return new RemoteHomeserver(server, { port, certificate: certificate.cert, name });
  }

  /** Somebody who lives here. */
  user(localpart: string): string {
    return `@${localpart}:${this.name}`;
  }

  /** Answers requests of a kind; what is said last goes first. Groups of the pattern, over the path as it was sent, become `parts`. */
  answer(method: string, pattern: RegExp, answer: AnswerRequest): void {
    this.answerIf(method, pattern, () => true, answer);
  }

  /** As `answer`, of those requests of the kind that fit. */
  answerIf(
    method: string,
    pattern: RegExp,
    fits: (request: Pick<ReceivedRequest, 'path' | 'body'>) => boolean,
    answer: AnswerRequest,
  ): void {
    this.#routes.unshift({ method, pattern, fits, answer });
  }

  /** What the script says to a request, which is kept; how it came does not matter. */
  async respond({ method, target, headers, bytes }: RawRequest): Promise<ScriptedAnswer> {
    const url = new URL(target, 'https://here');
    const asked = { path: decodeURIComponent(url.pathname), body: objectOf(bytes) };
    const route = this.#routes.find(
      (one) => one.method === method && one.pattern.test(url.pathname) && one.fits(asked),
    );
    const matched = route?.pattern.exec(url.pathname)?.slice(1) ?? [];
    const request: ReceivedRequest = {
      method,
      target,
      ...asked,
      query: url.searchParams,
      headers,
      credentials: parseXMatrix(headers.authorization ?? ''),
      parts: matched.map((part) => decodeURIComponent(part ?? '')),
    };
    this.requests.push(request);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    return route === undefined ? UNRECOGNIZED : route.answer(request);
  }

  /** Resolves with the first request, past or coming, that fits. */
  async received(fits: (request: ReceivedRequest) => boolean): Promise<ReceivedRequest> {
    for (;;) {
      const found = this.requests.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Signs with another key from now on; the one before is among the `old_verify_keys`. */
  rotateKey(): SigningKey {
    this.oldKeys.set(this.key.keyId, { key: this.key.publicKey, expired_ts: Date.now() });
    this.key = this.#newKey();
    return this.key;
  }

  /** What it publishes of its keys. */
  keyDocument(): JsonObject {
    const document = {
      server_name: this.name,
      verify_keys: { [this.key.keyId]: { key: this.key.publicKey } },
      old_verify_keys: Object.fromEntries(this.oldKeys),
      valid_until_ts: this.validUntil ?? Date.now() + KEY_LIFETIME_MS,
    };
    return signJson(document, this.name, this.key);
  }

  /** Asks another server, signed as it should be unless told otherwise. */
  async send({ baseUrl, destination, method, target, body, key, headers }: SentRequest): Promise<ReceivedAnswer> {
    const content = body && encodeCanonicalJson(body, 'any');
    const authorization = buildXMatrix(
      { method, uri: target, origin: this.name, destination, ...(content !== undefined && { content }) },
      key ?? this.key,
    );
    const response = await fetch(`${baseUrl}${target}`, {
      method,
      headers: { authorization, ...(content !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(content !== undefined && { body: content }),
    });
    return { status: response.status, body: objectOf(Buffer.from(await response.arrayBuffer())) };
  }

  /** How many connections are open to it. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Nobody reaches it from now on. */
  goAway(): void {
    this.#isAway = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  comeBack(): void {
    this.#isAway = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #newKey(): SigningKey {
    const seed = Buffer.alloc(32, this.#keyCount);
    seed.writeUInt16BE(this.port, 0);
    const key = new SigningKey(`ed25519:r${this.#keyCount}`, seed);
    this.#keyCount += 1;
    return key;
  }

  #connected(socket: Socket): void {
    if (this.#isAway) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await readAll(incoming);
    if (bytes === undefined) return;
    const { method = 'GET', url: target = '/', headers } = incoming;
    giveAnswer(response, await this.respond({ method, target, headers, bytes }));
  }
}

/** Nothing where who asks went away before everything was said: then nothing was asked. */
async function readAll(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch (error) {
    if (incoming.complete) throw error;
    return undefined;
  }
  return Buffer.concat(chunks);
}

function objectOf(bytes: Uint8Array): JsonObject {
  const parsed = parseJson(bytes);
  return parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : {};
}

function alternativeName(name: string): { type: 7; ip: string } | { type: 2; value: string } {
  return /^[0-9.]+$|:/.test(name) ? { type: 7, ip: name } : { type: 2, value: name };
}
