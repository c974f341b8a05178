import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { findFreePort } from './servers/free-port.ts';
import type { Json, MatrixClient } from './matrix-client.ts';
import { textOf } from './matrix-client.ts';

/** A transaction as an application service got it. */
export interface GotTransaction {
  readonly id: string;
  readonly text: string;
  readonly body: Readonly<Record<string, readonly Json[]>>;
}

export interface RegistrationParts {
  readonly id: string;
  /** Localparts of its users begin with it. */
  readonly prefix: string;
  readonly serverName: string;
  readonly further?: Json;
}

/** What a script answers to a transaction; nothing: the connection ends without an answer. */
type Script = (got: GotTransaction) => number | undefined | Promise<number | undefined>;

/** An application service that keeps what it is sent, and may be out of sorts. It knows each transaction by its id. */
export class ScriptedAppservice {
  readonly registration: Json;
  readonly transactions: GotTransaction[] = [];
  /** Requests that are no transactions: method and target. */
  readonly asked: string[] = [];
  readonly violations: string[] = [];
  /** Everything that it was sent, without the token that every request has. */
  readonly wire: string[] = [];
  script: Script = () => 200;
  readonly #port: number;
  readonly #hsToken: string;
  readonly #known = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #underWay = new Set<string>();
  #server: Server | undefined;

  private constructor(port: number, { id, prefix, serverName, further }: RegistrationParts) {
    this.#port = port;
    this.#hsToken = `hs-${id}-secret`;
    this.registration = {
      id,
      url: `http://127.0.0.1:${port}`,
      as_token: `as-${id}-secret`,
      hs_token: this.#hsToken,
      sender_localpart: `${prefix}bot`,
      namespaces: {
        users: [{ regex: `@${prefix}.*:${serverName}`, exclusive: true }],
        aliases: [{ regex: `#${prefix}.*:${serverName}`, exclusive: true }],
        rooms: [],
      },
      ...further,
    };
  }

  static async start(parts: RegistrationParts): Promise<ScriptedAppservice> {
    const appservice = new ScriptedAppservice(await findFreePort(), parts);
    await appservice.open();
    return appservice;
  }

  /** Registers it through the admin API. */
  registerWith(administrator: MatrixClient): Promise<void> {
    return registerAppservice(administrator, this.registration);
  }

  get token(): string {
    return textOf(this.registration, 'as_token');
  }

  /** Listens, again where it was closed. */
  async open(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  /** Whoever connects is refused. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Of transactions that were taken, each once. */
  list(kind: string): Json[] {
    const seen = new Set<string>();
    return this.transactions.flatMap(({ id, body }) => {
      if (!this.#taken.has(id) || seen.has(id)) return [];
      seen.add(id);
      return body[kind] ?? [];
    });
  }

  /** Texts of messages, in the order in which they came. */
  get said(): unknown[] {
    return this.list('events').flatMap(({ type, content }) =>
      type === 'm.room.message' ? [(content as Json)['body']] : [],
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '';
    if (request.headers.authorization !== `Bearer ${this.#hsToken}`) this.violations.push(`no token with ${target}`);
    if (target.includes('access_token')) this.violations.push('a token in a query');
    const text = await readText(request);
    const { authorization: _token, ...headers } = request.headers;
    this.wire.push(`${request.method} ${target} ${JSON.stringify(headers)} ${text}`);
    const [, id] = /^\/_matrix\/app\/v1\/transactions\/([^/?]+)$/.exec(target) ?? [];
    if (id === undefined) {
      this.asked.push(`${request.method} ${target}`);
      return reply(response, target === '/_matrix/app/v1/ping' ? 200 : 404);
    }
    const got = { id, text, body: JSON.parse(text) };
    this.#look(got);
    this.#underWay.add(id);
    const status = await this.script(got);
    this.#underWay.delete(id);
    if (status === undefined) return void response.destroy();
    if (status === 200) this.#taken.add(id);
    return reply(response, status);
  }

  #look(got: GotTransaction): void {
    const { id, text } = got;
    const known = this.#known.get(id) ?? text;
    this.#known.set(id, known);
    if (known !== text) this.violations.push(`two contents of the transaction ${id}`);
    const others = [...this.#underWay].filter((other) => other !== id);
    if (others.length > 0) this.violations.push(`${id} comes while ${others.join(', ')} is under way`);
    const last = this.transactions.at(-1);
    if (last !== undefined && last.id !== id && !this.#taken.has(last.id))
      this.violations.push(`${id} comes before ${last.id} was taken`);
    this.transactions.push(got);
  }
}

/** Registers an application service through the admin API. */
export async function registerAppservice(administrator: MatrixClient, registration: Json): Promise<void> {
  const { status, body } = await administrator.call('POST', '/_plexus/admin/v1/appservices', registration);
  if (status !== 201) throw new Error(`the registration is refused: ${status} ${JSON.stringify(body)}`);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function reply(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 200 ? '{}' : '{"errcode":"M_NOT_FOUND","error":"Nothing here"}');
}
