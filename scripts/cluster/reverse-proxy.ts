import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';

export interface ReverseProxyOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Base URLs of the replicas that serve a path, the preferred one first. */
  readonly upstreamsFor: (path: string) => readonly string[];
  /** Told how each request ended, unless its client went away. */
  readonly answered?: (request: ProxiedRequest) => void;
}

export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  /** 502 where no replica answered. */
  readonly status: number;
  readonly milliseconds: number;
}

export interface ReverseProxy {
  readonly url: string;
  close(): Promise<void>;
}

type Answer = IncomingMessage;

const repeatable: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
]);

/**
 * Forwards each request to a replica, and to the next one where there was no answer: where the connection was refused, or where it
 * broke and the method may be repeated. Requests that may not be repeated get a connection of their own, which no idle end breaks.
 */
export async function openReverseProxy(options: ReverseProxyOptions): Promise<ReverseProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const began = performance.now();
    outgoing.once('close', () => {
      if (outgoing.writableFinished) tell(incoming, outgoing.statusCode, performance.now() - began);
    });
    const broken = (): void => tell(incoming, 502, performance.now() - began);
    forward(incoming, outgoing, broken).catch(() => {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502, { 'content-type': 'application/json' }).end(NO_ANSWER);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    async close() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function tell({ method = '', url = '' }: IncomingMessage, status: number, milliseconds: number): void {
    options.answered?.({ method, path: url, status, milliseconds });
  }

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse, broken: () => void): Promise<void> {
    const body = await buffer(incoming);
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    const answer = await askReplicas(incoming, { body, gone: gone.signal });
    answer.once('error', () => {
      if (!gone.signal.aborted) broken();
    });
    outgoing.writeHead(answer.statusCode ?? 502, forwardedHeaders(answer));
    await pipeline(answer, outgoing);
  }

  async function askReplicas(incoming: IncomingMessage, sent: Sent): Promise<Answer> {
    const failures: unknown[] = [];
    for (const upstream of options.upstreamsFor(incoming.url ?? '/')) {
      try {
        return await ask(upstream, incoming, sent);
      } catch (error) {
        failures.push(error);
        if (sent.gone.aborted || !mayRepeat(incoming, error)) break;
      }
    }
    throw new AggregateError(failures, 'no replica answered');
  }

  function ask(upstream: string, incoming: IncomingMessage, { body, gone }: Sent): Promise<Answer> {
    const headers = [...forwardedHeaders(incoming), 'x-forwarded-for', incoming.socket.remoteAddress ?? 'unknown'];
    if (body.length > 0 && incoming.headers['content-length'] === undefined)
      headers.push('content-length', String(body.length));
    const { hostname, port } = new URL(upstream);
    return new Promise((resolve, reject) => {
      const question = request({
        hostname,
        port,
        method: incoming.method ?? 'GET',
        path: incoming.url ?? '/',
        headers,
        setHost: false,
        agent: repeatable.has(incoming.method) ? agent : false,
        signal: gone,
      });
      question.once('error', reject);
      question.once('response', resolve);
      question.end(body);
    });
  }
}

interface Sent {
  readonly body: Buffer;
  /** The client is gone: nobody waits for the answer. */
  readonly gone: AbortSignal;
}

const NO_ANSWER = JSON.stringify({ errcode: 'M_UNKNOWN', error: 'No replica answered' });

function mayRepeat(incoming: IncomingMessage, error: unknown): boolean {
  const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  return isRefused || repeatable.has(incoming.method);
}

/** Names and values in turn, as they came. */
function forwardedHeaders({ rawHeaders }: IncomingMessage): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name, value] = [rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''];
    if (!hopByHop.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
