import { connect, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Gate, gates, startExample } from '../../test-support/example-service.ts';
import type { ExampleService } from '../../test-support/example-service.ts';
import { exchangeOne, readResponses } from '../../test-support/raw-http.ts';
import { StartError } from './start-error.ts';

const listeners = 'listeners: [{ port: 0, bind_addresses: [127.0.0.1] }]';
const started: ExampleService[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

async function start(...parameters: Parameters<typeof startExample>): Promise<ExampleService> {
  const service = await startExample(...parameters);
  started.push(service);
  return service;
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

it('opens only the listeners that offer one of its APIs, and the internal one', async () => {
  const yaml = `
listeners:
  - { port: 0, bind_addresses: [127.0.0.1], apis: [admin, metrics] }
  - { port: 0, bind_addresses: [127.0.0.1], apis: [client, metrics] }
metrics: { listen: { port: 0 } }`;
  const service = await start(yaml, { apis: ['admin'] });
  expect(service.listeners.map(({ settings }) => settings.apis)).toEqual([
    ['admin', 'metrics'],
    ['metrics', 'health'],
  ]);
  const [, internal = 0] = service.ports;
  expect((await exchangeOne(internal, get('/health/live'))).status).toBe(200);
  expect((await exchangeOne(internal, get('/_plexus/admin/v1/servers'))).status).toBe(404);
});

it('listens on both loopback addresses at one port', async () => {
  const { listeners: opened } = await start('listeners: [{ port: 0 }]');
  const ports = opened[0]?.addresses.map(({ port }) => port) ?? [];
  expect(ports.length).toBeGreaterThan(0);
  expect(new Set(ports).size).toBe(1);
});

it('says in one sentence that a port is in use, and stops what it had started', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port } = blocker.address() as { port: number };
  let stopped = false;
  const starting = startExample(`listeners: [{ port: ${port}, bind_addresses: [127.0.0.1] }]`, {
    module: ({ shutdown }) => {
      shutdown.onStop('probe', () => void (stopped = true));
      return class {};
    },
  });
  await expect(starting).rejects.toThrow(new StartError(`Port ${port} of 127.0.0.1 is in use by another program.`));
  expect(stopped).toBe(true);
  blocker.close();
});

it('tells a wrong path from a certificate that cannot be used', async () => {
  const yaml = 'listeners: [{ port: 0, bind_addresses: [127.0.0.1], tls: { cert: /nowhere.crt, key: /nowhere.key } }]';
  await expect(startExample(yaml)).rejects.toThrow(/^The TLS certificate \/nowhere\.crt .*ENOENT/);
});

it('answers what it has begun before it stops, takes nothing new, and stops in reverse order', async () => {
  const order: string[] = [];
  const gate = new Gate();
  gates.set('slow', gate);
  const service = await start(listeners);
  const { shutdown } = service.shell;
  shutdown.draining.addEventListener('abort', () => order.push('draining'));
  const [port = 0] = service.ports;
  const idle = connect(port, '127.0.0.1');
  const idleClosed = new Promise((resolve) => idle.once('close', resolve));
  const socket = connect(port, '127.0.0.1');
  socket.write(get('/_matrix/client/v3/gated/slow'));
  const answers = readResponses(socket, 1);
  await gate.arrived;
  const stopping = service.stop().then((clean) => order.push(`stopped ${clean}`));
  await idleClosed;
  await expect(exchangeOne(port, get('/health/live'))).rejects.toThrow(/ECONNREFUSED/);
  expect((await service.shell.readiness.report()).problems).toEqual({ service: 'draining' });
  order.push('let go');
  gate.open();
  expect((await answers)[0]).toMatchObject({ status: 200, headers: { connection: 'close' } });
  await stopping;
  expect(order).toEqual(['draining', 'let go', 'stopped true']);
});

it('goes on serving while it is unready, and tells each connection that it ends', async () => {
  const service = await start(`${listeners}\nshutdown: { unready_delay: 1s }`);
  const [port = 0] = service.ports;
  const keepAlive = await exchangeOne(port, get('/health/ready'));
  expect(keepAlive.status).toBe(200);
  expect(keepAlive.headers['connection']).not.toBe('close');
  const stopping = service.stop();
  const unready = await exchangeOne(port, get('/health/ready'));
  expect([unready.status, unready.headers['connection']]).toEqual([503, 'close']);
  const served = await exchangeOne(port, get('/health/live'));
  expect([served.status, served.headers['connection']]).toEqual([200, 'close']);
  expect(await stopping).toBe(true);
  await expect(exchangeOne(port, get('/health/live'))).rejects.toThrow(/ECONNREFUSED/);
});

it('stops once, tells what did not stop cleanly, and goes on all the same', async () => {
  const stopped: string[] = [];
  const service = await startExample(listeners, {
    module: ({ shutdown }) => {
      shutdown.onStop('first', () => void stopped.push('first'));
      shutdown.onStop('second', () => Promise.reject(new Error('stuck')));
      shutdown.onStop('third', () => void stopped.push('third'));
      return class {};
    },
  });
  expect(await Promise.all([service.stop(), service.stop()])).toEqual([false, false]);
  expect(stopped).toEqual(['third', 'first']);
  expect(service.logLines()).toContainEqual(expect.objectContaining({ hook: 'second' }));
});

it('logs requests where it is told to, without tokens and with odd bytes replaced', async () => {
  const service = await start(`${listeners}\nlog: { requests: true }`);
  const request =
    'GET /_matrix/client/v3/versions?access%5ftoken=hunter2 HTTP/1.1\r\nHost: a\r\nUser-Agent: x\xff\r\n\r\n';
  await exchangeOne(service.ports[0] ?? 0, request);
  await expect
    .poll(() => service.logLines().find((line) => line['message'] === 'Request'))
    .toMatchObject({ method: 'GET', status: 200, client: '127.0.0.1', user_agent: 'x\ufffd' });
  expect(JSON.stringify(service.logLines())).not.toContain('hunter2');
});
