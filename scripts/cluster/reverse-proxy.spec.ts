import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer, request } from 'node:http';
import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../../tests/support/servers/free-port.ts';
import type { ReverseProxy } from './reverse-proxy.ts';
import { openReverseProxy } from './reverse-proxy.ts';

const replicas: Server[] = [];
let proxy: ReverseProxy | undefined;

afterEach(async () => {
  await proxy?.close();
  for (const replica of replicas.splice(0)) {
    replica.closeAllConnections();
    replica.close();
  }
});

describe('the reverse proxy', () => {
  it('forwards a request and its answer as they are', async () => {
    const seen: unknown[] = [];
    const echo = await serve(async (incoming, outgoing) => {
      seen.push(incoming.method, incoming.url, incoming.headers.host, incoming.headers['x-forwarded-for']);
      outgoing.writeHead(418, { 'x-answer': 'yes' }).end(await textOf(incoming));
    });
    const answer = await ask('PUT', await proxyTo(echo), '/a%2Fb?c=%20', 'body');
    expect(answer).toEqual({ status: 418, text: 'body' });
    expect(seen).toEqual(['PUT', '/a%2Fb?c=%20', 'one.example', '127.0.0.1']);
  });

  it('takes the next replica where the connection is refused, whatever the method', async () => {
    const alive = await serve((_, outgoing) => outgoing.end('alive'));
    const url = await proxyTo(`http://127.0.0.1:${await findFreePort()}`, alive);
    expect(await ask('POST', url, '/', 'once')).toEqual({ status: 200, text: 'alive' });
  });

  it('repeats what may be repeated, and nothing else, where a replica breaks off without an answer', async () => {
    let broken = 0;
    const breaking = await serve((incoming) => {
      broken += 1;
      incoming.socket.destroy();
    });
    const alive = await serve((_, outgoing) => outgoing.end('alive'));
    const url = await proxyTo(breaking, alive);
    expect((await ask('PUT', url, '/', 'idempotent')).status).toBe(200);
    expect((await ask('POST', url, '/', 'not idempotent')).status).toBe(502);
    expect(broken).toBe(2);
  });

  it('does not repeat a request that was answered, however it was answered', async () => {
    const failing = await serve((_, outgoing) => outgoing.writeHead(503).end());
    const alive = await serve((_, outgoing) => outgoing.end('alive'));
    expect((await ask('GET', await proxyTo(failing, alive), '/')).status).toBe(503);
  });

  it('tells how each request ended', async () => {
    const told: unknown[] = [];
    const able = await serve((_, outgoing) => outgoing.writeHead(201).end('made'));
    const upstreams: Record<string, string[]> = {
      '/able': [able],
      '/gone': [`http://127.0.0.1:${await findFreePort()}`],
    };
    proxy = await openReverseProxy({
      port: 0,
      upstreamsFor: (path) => upstreams[path] ?? [],
      answered: ({ method, path, status }) => told.push([method, path, status]),
    });
    for (const path of ['/able', '/gone', '/nobody']) await ask('POST', proxy.url, path, 'body');
    await expect
      .poll(() => told)
      .toEqual([
        ['POST', '/able', 201],
        ['POST', '/gone', 502],
        ['POST', '/nobody', 502],
      ]);
  });

  it('gives a request up when its client has gone', async () => {
    const arrivals = new EventEmitter();
    const waiting = await serve((incoming) => {
      incoming.socket.once('close', () => arrivals.emit('left'));
      arrivals.emit('arrived');
    });
    const question = request(await proxyTo(waiting));
    question.on('error', () => {});
    question.end();
    await once(arrivals, 'arrived');
    const left = once(arrivals, 'left');
    question.destroy();
    await expect(left).resolves.toEqual([]);
  });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  replicas.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

async function proxyTo(...upstreams: string[]): Promise<string> {
  proxy = await openReverseProxy({ port: 0, upstreamsFor: () => upstreams });
  return proxy.url;
}

async function ask(
  method: string,
  base: string,
  path: string,
  body?: string,
): Promise<{ status: number | undefined; text: string }> {
  const question = request(base + path, { method, headers: { host: 'one.example' } });
  question.end(body);
  const [answer]: IncomingMessage[] = await once(question, 'response');
  if (answer === undefined) throw new Error('no answer');
  return { status: answer.statusCode, text: await textOf(answer) };
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
