import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../support/servers/free-port.ts';

/** An application service that answers at once and knows when each event came first. */
export interface BenchAppservice {
  /** Its registration, as every homeserver reads it. */
  readonly file: string;
  readonly asToken: string;
  /** Begins with `@`; what follows is for whoever makes users of it. */
  readonly userPrefix: string;
  /** When an event came, by the clock of `performance`. */
  arrivalOf(eventId: string): Promise<number>;
  /** Whether it answers with an error instead. */
  isAway: boolean;
  stop(): Promise<void>;
}

export async function startBenchAppservice(name: string): Promise<BenchAppservice> {
  const port = await findFreePort();
  const asToken = `as-${name}-0123456789`;
  const file = join(await mkdtemp(join(tmpdir(), 'plexus-bench-as-')), 'registration.yaml');
  await writeFile(file, JSON.stringify(registration(name, port, asToken)));
  const arrivals = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  const appservice: BenchAppservice = {
    file,
    asToken,
    userPrefix: '@_bench_',
    isAway: false,
    arrivalOf(eventId) {
      const at = arrivals.get(eventId);
      return at === undefined ? new Promise((resolve) => waiting.set(eventId, resolve)) : Promise.resolve(at);
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      response.writeHead(appservice.isAway ? 503 : 200, { 'content-type': 'application/json' });
      response.end('{}');
      if (!appservice.isAway && request.url?.includes('/transactions/') === true) take(text);
    });
  });
  function take(text: string): void {
    const at = performance.now();
    const { events = [] } = JSON.parse(text) as { readonly events?: readonly { readonly event_id: string }[] };
    for (const { event_id: eventId } of events) {
      if (arrivals.has(eventId)) continue;
      arrivals.set(eventId, at);
      waiting.get(eventId)?.(at);
      waiting.delete(eventId);
    }
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  server.unref();
  return appservice;
}

function registration(name: string, port: number, asToken: string): object {
  return {
    id: name,
    url: `http://127.0.0.1:${port}`,
    as_token: asToken,
    hs_token: `hs-${name}-0123456789`,
    sender_localpart: '_bench_bot',
    rate_limited: false,
    namespaces: { users: [{ regex: '@_bench_.*', exclusive: true }], aliases: [], rooms: [] },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
