// Run by `LoadServer` in a process of its own: many homeservers in one, on one port and as many addresses of the loopback network. What they answer
// is made and signed beforehand, so that their own work does not stand in the way of what is measured.
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildXMatrix } from '@plexus/matrix-api';
import { encodeCanonicalJson, SigningKey, signJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { Pool } from 'undici';
import { makeSelfSigned } from '../../../libs/service-shell/src/tls/self-signed.ts';
import { Arrivals } from './arrivals.ts';
import type { AskedCommand, CommandAnswer, LoadCommand, LoadCommands, LoadServerStarted } from './load-commands.ts';
import { LoadRoom } from './load-room.ts';

/** A transaction as it will be sent. */
interface PreparedTransaction {
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
}

const PDUS_PER_TRANSACTION = 50;
const KEYS_VALID_MS = 6 * 86_400_000;

const key = new SigningKey('ed25519:load', crypto.getRandomValues(new Uint8Array(32)));
const rooms = new Map<string, LoadRoom>();
const arrivals = new Arrivals();
const keyDocuments = new Map<string, string>();
let prepared: PreparedTransaction[] = [];
let down = new Set<string>();
let lastNumber = 0;

const { pem } = await makeSelfSigned(['127.0.0.1']);
const server = createServer({ cert: pem.cert, key: pem.key }, (request, response) => {
  serve(request, response).catch((error: Error) => response.destroy(error));
});
// A connection that ends while the next request is on its way would cost the other side an answer.
server.keepAliveTimeout = 600_000;
await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
const { port } = server.address() as AddressInfo;
const ownName = nameOf(0);

const commands: { readonly [C in LoadCommand]: (asked: LoadCommands[C]['asked']) => Answer<C> } = {
  makeRoom({ members, servers }) {
    const roomId = `!load${++lastNumber}:${ownName}`;
    const names = Array.from({ length: servers }, (_, index) => nameOf(index));
    const userIds = Array.from(
      { length: members - 1 },
      (_, index) => `@member${index}:${names[(index + 1) % servers]}`,
    );
    rooms.set(roomId, new LoadRoom({ roomId, key, creator: `@creator:${ownName}`, members: userIds }));
    return { roomId, lastMember: userIds.at(-1) ?? '', servers: names };
  },
  forgetRoom({ roomId }) {
    rooms.delete(roomId);
    return {};
  },
  prepare({ roomIds, pdus, destination, tag }) {
    const chosen = roomIds.map(roomOf);
    const endings = new Map<LoadRoom, string>();
    const texts = Array.from({ length: pdus }, (_, index) => {
      const room = chosen[index % chosen.length] ?? roomOf(roomIds[0] ?? '');
      const ending = `#${tag}-${index}`;
      endings.set(room, ending);
      return room.say(`The quick brown fox jumps over the lazy dog, and on it goes. ${ending}`);
    });
    prepared = [];
    for (let first = 0; first < texts.length; first += PDUS_PER_TRANSACTION)
      prepared.push(transactionOf(texts.slice(first, first + PDUS_PER_TRANSACTION), destination));
    return { lastEndings: [...endings.values()] };
  },
  async send({ baseUrls }) {
    const pools = baseUrls.map((baseUrl) => new Pool(baseUrl, { connections: 1 }));
    const latenciesMs: number[] = [];
    for (const [index, transaction] of prepared.entries()) {
      const pool = pools[index % pools.length];
      if (pool === undefined) throw new Error('there is nobody to send to');
      const begin = performance.now();
      await give(pool, transaction);
      latenciesMs.push(performance.now() - begin);
    }
    await Promise.all(pools.map((pool) => pool.close()));
    return { latenciesMs };
  },
  setDown({ servers }) {
    down = new Set(servers);
    return {};
  },
  async awaitArrivals({ text, servers }) {
    return { atMs: await arrivals.wait(text, servers) };
  },
};

type Answer<C extends LoadCommand> = LoadCommands[C]['answer'] | Promise<LoadCommands[C]['answer']>;

process.on('disconnect', () => process.exit());
process.on('message', (message) => void execute(message as AskedCommand));
process.send?.({ serverName: ownName } satisfies LoadServerStarted);

async function execute({ id, command, asked }: AskedCommand): Promise<void> {
  const run = commands[command] as (given: AskedCommand['asked']) => Answer<LoadCommand>;
  try {
    process.send?.({ id, answer: await run(asked) } satisfies CommandAnswer);
  } catch (error) {
    process.send?.({
      id,
      failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
    } satisfies CommandAnswer);
  }
}

function nameOf(index: number): string {
  return `127.0.${Math.floor(index / 250)}.${1 + (index % 250)}:${port}`;
}

function roomOf(roomId: string): LoadRoom {
  const room = rooms.get(roomId);
  if (room === undefined) throw new Error(`there is no room ${roomId}`);
  return room;
}

/** Canonical JSON, since the events are. */
function transactionOf(pdus: readonly string[], destination: string): PreparedTransaction {
  const path = `/_matrix/federation/v1/send/load-${process.pid}-${++lastNumber}`;
  const body = `{"edus":[],"origin":"${ownName}","origin_server_ts":${Date.now()},"pdus":[${pdus.join(',')}]}`;
  const signed = { method: 'PUT', uri: path, origin: ownName, destination, content: body };
  return { path, body, authorization: buildXMatrix(signed, key) };
}

async function give(pool: Pool, { path, authorization, body }: PreparedTransaction): Promise<void> {
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await pool.request({ method: 'PUT', path, headers, body, headersTimeout: 600_000 });
  const text = await response.body.text();
  if (response.statusCode !== 200 || text.includes('"error"')) throw new Error(`${response.statusCode} ${text}`);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const host = request.headers.host ?? '';
  const url = new URL(request.url ?? '/', 'https://here');
  const [, action = '', ...variables] =
    /^\/_matrix\/(?:federation\/v[12]|key\/v2)\/([a-z_]+)\/?(.*)$/.exec(url.pathname) ?? [];
  const parts = (variables[0] ?? '').split('/').map(decodeURIComponent);
  if (action === 'send') {
    if (down.has(host)) return;
    arrivals.add(host, body.toString());
    write(response, 200, ['{"pdus":{}}']);
    return;
  }
  const pieces = answerTo(action, { parts, host, body, query: url.searchParams });
  if (pieces === undefined)
    write(response, 404, ['{"errcode":"M_UNRECOGNIZED","error":"nothing is prepared for this"}']);
  else write(response, 200, pieces);
}

interface Question {
  readonly parts: readonly string[];
  readonly host: string;
  readonly body: Buffer;
  readonly query: URLSearchParams;
}

function answerTo(action: string, { parts, host, body, query }: Question): (string | Buffer)[] | undefined {
  if (action === 'server') return [keyDocumentOf(host)];
  if (action === 'version') return ['{"server":{"name":"Load","version":"1"}}'];
  if (action === 'event') return eventOf(parts[0] ?? '');
  const room = rooms.get(parts[0] ?? '');
  if (room === undefined) return undefined;
  switch (action) {
    case 'make_join':
      return [JSON.stringify(room.joinTemplate(parts[1] ?? ''))];
    case 'send_join':
      return room.admit(JSON.parse(body.toString()) as JsonObject, query.get('omit_members') === 'true');
    case 'state':
      return room.state();
    case 'state_ids':
      return [JSON.stringify(room.stateIds())];
    case 'get_missing_events':
      return ['{"events":[]}'];
    default:
      return undefined;
  }
}

function eventOf(eventId: string): string[] | undefined {
  for (const room of rooms.values()) {
    const text = room.find(eventId);
    if (text !== undefined) return [`{"origin":"${ownName}","origin_server_ts":${Date.now()},"pdus":[${text}]}`];
  }
  return undefined;
}

/** The name is an address, so that a request's `Host` is it. */
function keyDocumentOf(serverName: string): string {
  const known = keyDocuments.get(serverName);
  if (known !== undefined) return known;
  const keys = {
    server_name: serverName,
    verify_keys: { [key.keyId]: { key: key.publicKey } },
    old_verify_keys: {},
    valid_until_ts: Date.now() + KEYS_VALID_MS,
  };
  const text = encodeCanonicalJson(signJson(keys, serverName, key));
  keyDocuments.set(serverName, text);
  return text;
}

function write(response: ServerResponse, status: number, pieces: readonly (string | Buffer)[]): void {
  const length = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length });
  for (const piece of pieces) response.write(piece);
  response.end();
}
