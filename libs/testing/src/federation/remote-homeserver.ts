import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { generate } from 'selfsigned';
import { buildXMatrix, parseXMatrix } from '@plexus/matrix-api';
import type { XMatrixCredentials } from '@plexus/matrix-api';
import { encodeCanonicalJson, isJsonObject, parseJson, SigningKey, signJson } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';

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

/**
 * An answer, or what a server does that behaves badly. `silence`: the request is never answered. `reset`: the connection ends without an
 * answer. `truncated`: it ends in the middle of one. `endless`: the answer goes on for as long as it is read.
 */
export type ScriptedAnswer =
  | { readonly status: number; readonly body: JsonValue; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly text: string }
  | 'silence'
  | 'reset'
  | 'truncated'
  | 'endless';

export type AnswerRequest = (request: ReceivedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly fits: (request: Pick<ReceivedRequest, 'path' | 'body'>) => boolean;
  readonly answer: AnswerRequest;
}

export interface RemoteHomeserverOptions {
  /** The name that it calls itself; `localhost:<port>` where nothing is said. */
  readonly serverName?: string;
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
  #keyCount = 1;

  private constructor(
    server: Server,
    own: { readonly port: number; readonly certificate: string },
    serverName?: string,
  ) {
    const { port } = own;
    this.#server = server;
    this.port = port;
    this.certificate = own.certificate;
    this.name = serverName ?? `localhost:${port}`;
    this.key = this.#newKey();
    this.answer('GET', /^\/_matrix\/key\/v2\/server$/, () => ({ status: 200, body: this.keyDocument() }));
    this.answer('GET', /^\/_matrix\/federation\/v1\/version$/, () => ({
      status: 200,
      body: { server: { name: 'Scripted', version: '1' } },
    }));
  }

  static async start({ serverName, certificateNames }: RemoteHomeserverOptions = {}): Promise<RemoteHomeserver> {
    const names = certificateNames ?? ['localhost', '127.0.0.1', '::1'];
    const certificate = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: names.map(alternativeName) }],
    });
    const server = createServer({ cert: certificate.cert, key: certificate.private });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const remote = new RemoteHomeserver(server, { port, certificate: certificate.cert }, serverName);
    server.on('connection', (socket: Socket) => {
      remote.#sockets.add(socket);
      socket.once('close', () => remote.#sockets.delete(socket));
    });
    server.on('request', (request, response) => void remote.#serve(request, response));
    return remote;
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

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const target = incoming.url ?? '/';
    const url = new URL(target, 'https://here');
    const method = incoming.method ?? 'GET';
    const asked = { path: decodeURIComponent(url.pathname), body: objectOf(Buffer.concat(chunks)) };
    const route = this.#routes.find(
      (one) => one.method === method && one.pattern.test(url.pathname) && one.fits(asked),
    );
    const matched = route?.pattern.exec(url.pathname)?.slice(1) ?? [];
    const request: ReceivedRequest = {
      method,
      target,
      ...asked,
      query: url.searchParams,
      headers: incoming.headers,
      credentials: parseXMatrix(incoming.headers.authorization ?? ''),
      parts: matched.map((part) => decodeURIComponent(part ?? '')),
    };
    this.requests.push(request);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    give(response, route === undefined ? UNRECOGNIZED : await route.answer(request));
  }
}

const UNRECOGNIZED: ScriptedAnswer = {
  status: 404,
  body: { errcode: 'M_UNRECOGNIZED', error: 'nothing is scripted for this' },
};

function give(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer === 'silence') return;
  if (answer === 'reset') {
    response.socket?.destroy();
    return;
  }
  if (answer === 'truncated') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"half":', () => response.socket?.destroy());
    return;
  }
  if (answer === 'endless') {
    response.writeHead(200, { 'content-type': 'application/json' });
    giveEndlessly(response);
    return;
  }
  const text = 'text' in answer ? answer.text : encodeCanonicalJson(answer.body, 'any');
  const headers = 'headers' in answer ? answer.headers : {};
  response.writeHead(answer.status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}

function giveEndlessly(response: ServerResponse): void {
  const spaces = Buffer.alloc(65_536, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(spaces));
  };
  response.on('drain', more);
  more();
}

function objectOf(bytes: Uint8Array): JsonObject {
  const parsed = parseJson(bytes);
  return parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : {};
}

function alternativeName(name: string): { type: 7; ip: string } | { type: 2; value: string } {
  return /^[0-9.]+$|:/.test(name) ? { type: 7, ip: name } : { type: 2, value: name };
}
