import { Agent, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly body: Json;
}

export type Json = { readonly [key: string]: unknown };

export interface Session {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

/** What a request needs to know of a deployment: which base URL serves a path. */
export interface Routes {
  baseUrlFor(path: string): string;
}

/** A Matrix client of the plainest kind: one user, one device, no state of its own. */
export class MatrixClient {
  readonly session: Session;
  readonly #http: MatrixHttp;
  #lastTransaction = 0;

  constructor(http: MatrixHttp, session: Session) {
    this.#http = http;
    this.session = session;
  }

  get userId(): string {
    return this.session.userId;
  }

  call(method: string, path: string, body?: unknown): Promise<Reply> {
    return this.#http.call(method, path, { body, accessToken: this.session.accessToken });
  }

  /** The body of an answer of 200, whose shape is for the caller to know; anything else throws. */
  async ask<Body = Json>(method: string, path: string, body?: unknown): Promise<Body> {
    const reply = await this.call(method, path, body);
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    const answer: unknown = reply.body;
    return answer as Body;
  }

  async createRoom(options: Json = {}): Promise<string> {
    return textOf(await this.ask('POST', '/_matrix/client/v3/createRoom', options), 'room_id');
  }

  async join(roomId: string, via: readonly string[] = []): Promise<void> {
    const query = via.map((server) => `via=${encodeURIComponent(server)}`).join('&');
    await this.ask('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?${query}`, {});
  }

  async invite(roomId: string, userId: string): Promise<void> {
    await this.ask('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/invite`, { user_id: userId });
  }

  async leave(roomId: string): Promise<void> {
    await this.ask('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/leave`, {});
  }

  sendPath(roomId: string, transactionId: string, type = 'm.room.message'): string {
    return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/${type}/${encodeURIComponent(transactionId)}`;
  }

  async send(roomId: string, body: string, transactionId = `t${++this.#lastTransaction}`): Promise<string> {
    const content = { msgtype: 'm.text', body };
    return textOf(await this.ask('PUT', this.sendPath(roomId, transactionId), content), 'event_id');
  }

  async setState(roomId: string, type: string, content: Json, stateKey = ''): Promise<string> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/${type}/${encodeURIComponent(stateKey)}`;
    return textOf(await this.ask('PUT', path, content), 'event_id');
  }

  sync<Body = Json>(
    query: { since?: string; timeout?: number; filter?: unknown; fullState?: boolean; setPresence?: string } = {},
  ): Promise<Body> {
    // Who is online is told to everybody, and would end their long polls.
    const parameters = new URLSearchParams({
      timeout: String(query.timeout ?? 0),
      set_presence: query.setPresence ?? 'offline',
    });
    if (query.since !== undefined) parameters.set('since', query.since);
    if (query.filter !== undefined) parameters.set('filter', JSON.stringify(query.filter));
    if (query.fullState === true) parameters.set('full_state', 'true');
    return this.ask<Body>('GET', `/_matrix/client/v3/sync?${parameters}`);
  }
}

export interface CallOptions {
  readonly body?: unknown;
  readonly accessToken?: string;
  readonly headers?: Record<string, string>;
  /** How long the other side may be silent. */
  readonly timeoutMs?: number;
}

/** Speaks HTTP to a deployment, over connections that stay open. */
export class MatrixHttp {
  readonly #routes: Routes;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #headers: Readonly<Record<string, string>>;

  constructor(routes: Routes | string, headers: Readonly<Record<string, string>> = {}) {
    this.#routes = typeof routes === 'string' ? { baseUrlFor: () => routes } : routes;
    this.#headers = headers;
  }

  async register(username: string, password = 'wonderland'): Promise<MatrixClient> {
    const auth = { type: 'm.login.dummy' };
    const { status, body } = await this.call('POST', '/_matrix/client/v3/register', {
      body: { username, password, auth },
    });
    if (status !== 200) throw new Error(`register ${username}: ${status} ${JSON.stringify(body)}`);
    return new MatrixClient(this, sessionOf(body));
  }

  async login(user: string, password = 'wonderland'): Promise<MatrixClient> {
    const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password };
    const reply = await this.call('POST', '/_matrix/client/v3/login', { body });
    if (reply.status !== 200) throw new Error(`login ${user}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return new MatrixClient(this, sessionOf(reply.body));
  }

  call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    const bytes = bytesOf(options.body);
    const headers: Record<string, string | number> = { ...this.#headers, ...options.headers };
    if (options.accessToken !== undefined) headers['authorization'] = `Bearer ${options.accessToken}`;
    if (bytes !== undefined) headers['content-length'] = bytes.length;
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#routes.baseUrlFor(path) + path, { method, headers, agent: this.#agent });
      outgoing.on('error', reject);
      if (options.timeoutMs !== undefined)
        outgoing.setTimeout(options.timeoutMs, () =>
          outgoing.destroy(new Error(`${method} ${path}: no answer in time`)),
        );
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          try {
            resolve({ status: response.statusCode ?? 0, body: text === '' ? {} : JSON.parse(text) });
          } catch {
            reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 200)}`));
          }
        });
      });
      outgoing.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The text under `key` of an answer; anything else there throws. */
export function textOf(body: Json, key: string): string {
  const value = body[key];
  if (typeof value !== 'string') throw new Error(`no ${key} in ${JSON.stringify(body)}`);
  return value;
}

function sessionOf(body: Json): Session {
  return {
    userId: textOf(body, 'user_id'),
    accessToken: textOf(body, 'access_token'),
    deviceId: textOf(body, 'device_id'),
  };
}

/** Bytes go as they are, to send what is not JSON. */
function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}
