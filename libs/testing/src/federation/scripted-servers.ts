import { encodeBody, parseAnswer, targetOf } from '@plexus/remote-servers';
import type {
  KeyRing,
  RemoteAnswer,
  RemoteBytes,
  RemoteFailure,
  RemoteRequest,
  RemoteServers,
  VerifyKey,
} from '@plexus/remote-servers';
import type { RemoteHomeserver } from './remote-homeserver.ts';
import { textOf } from './scripted-answer.ts';
import type { Misbehaviour } from './scripted-answer.ts';

/** What is made of a server that behaves badly, where requests go over a network. */
const FAILURES: Readonly<Record<Misbehaviour, RemoteFailure>> = {
  silence: 'timeout',
  reset: 'broken',
  truncated: 'broken',
  endless: 'too-large',
  trickle: 'timeout',
};

/** Scripted servers that are asked without a network, and without signatures; a name that none of them has is nobody's. */
export class ScriptedServers implements RemoteServers, KeyRing {
  /** In their order. */
  readonly asked: RemoteRequest[] = [];
  readonly #servers: ReadonlyMap<string, RemoteHomeserver>;

  constructor(servers: readonly RemoteHomeserver[]) {
    this.#servers = new Map(servers.map((server) => [server.name, server]));
  }

  async request(request: RemoteRequest): Promise<RemoteAnswer> {
    return parseAnswer(await this.requestBytes(request));
  }

  async requestBytes(request: RemoteRequest): Promise<RemoteBytes> {
    this.asked.push(request);
    const server = this.#servers.get(request.destination);
    if (server === undefined) return unreachable('discovery');
    const { method, body } = request;
    const bytes = body === undefined ? Buffer.alloc(0) : encodeBody(body);
    const answer = await server.respond({ method, target: targetOf(request), headers: {}, bytes });
    if (typeof answer === 'string') return unreachable(FAILURES[answer]);
    return { outcome: 'answered', status: answer.status, bytes: Buffer.from(textOf(answer)) };
  }

  /** The keys that the servers sign with now. */
  async findKeys(serverName: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, VerifyKey>> {
    const key = this.#servers.get(serverName)?.key;
    if (key === undefined || !keyIds.includes(key.keyId)) return new Map();
    const { keyId, publicKey } = key;
    return new Map([[keyId, { keyId, publicKey, validUntil: Number.MAX_SAFE_INTEGER }]]);
  }

  /** Paths that were asked for of a server, decoded, in their order. */
  pathsAskedOf(serverName: string): string[] {
    return this.asked
      .filter(({ destination }) => destination === serverName)
      .map(({ method, path }) => `${method} ${decodeURIComponent(path).replace('/_matrix/federation/', '')}`);
  }
}

function unreachable(reason: RemoteFailure): RemoteBytes {
  return { outcome: 'unreachable', reason, because: `the script says ${reason}` };
}
