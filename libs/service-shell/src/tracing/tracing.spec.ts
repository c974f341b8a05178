import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startExample } from '../../test-support/example-service.ts';
import { exchangeOne } from '../../test-support/raw-http.ts';
import { createLogger } from '../logging/pino-logger.ts';
import { runInContext } from '../logging/request-context.ts';
import { startTracing } from './start-tracing.ts';
import { parseTraceparent, traceparentOf } from './trace-context.ts';
import { TracedRows } from './traced-rows.ts';
import { beginSpan, currentTraceparent, recordSpan, withSpan } from './with-span.ts';

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const REMOTE = `00-${TRACE}-b7ad6b7169203331-01`;
const SERVER_KIND = 2;

let collector: Server;
let spans: SentSpan[];

beforeEach(async () => {
  spans = [];
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      spans.push(...spansIn(Buffer.concat(chunks).toString()));
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => {
    collector.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(() => {
  collector.close();
});

function spansIn(body: string): SentSpan[] {
  const sent = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[] };
  return sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
}

function endpoint(): string {
  return `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
}

function start(ratio: number): ReturnType<typeof startTracing> {
  return startTracing({ otlp_endpoint: endpoint(), sample_ratio: ratio, export_interval: 60_000 }, 'example');
}

function spanCalled(name: string): SentSpan {
  const span = spans.find((one) => one.name === name);
  if (span === undefined) throw new Error(`${name} was not sent, but ${spans.map((one) => one.name).join(', ')}`);
  return span;
}

describe('a span', () => {
  it('is part of the trace that it continues, and its children are of it', async () => {
    const stop = await start(1);
    const traced = withSpan({ name: 'outer', traceparent: REMOTE }, () =>
      withSpan({ name: 'inner' }, async () => currentTraceparent()),
    );
    const seen = await traced;
    const failing = withSpan({ name: 'failing', traceparent: REMOTE }, () => Promise.reject(new Error('because')));
    await expect(failing).rejects.toThrow('because');
    await stop();
    expect(spanCalled('outer')).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331' });
    expect(spanCalled('inner')).toMatchObject({ traceId: TRACE, parentSpanId: spanCalled('outer').spanId });
    expect(seen).toBe(traceparentOf(spanCalled('inner')));
    expect(spanCalled('failing').status.code).toBe(2);
  });

  it('tells of an error without the secrets in it', async () => {
    const stop = await start(1);
    const error = new Error('GET /x?access_token=hunter2', { cause: new Error('hunter2') });
    const failing = withSpan({ name: 'failing', traceparent: REMOTE }, () => Promise.reject(error));
    await expect(failing).rejects.toBe(error);
    recordSpan({ name: 'told', traceparent: REMOTE, startedAt: Date.now(), error: 'redis://u:hunter2@h is away' });
    await stop();
    const sent = JSON.stringify([spanCalled('failing'), spanCalled('told')]);
    expect(sent).not.toContain('hunter2');
    expect(sent).toContain('GET /x?access_token=<redacted>');
    expect(sent).toContain('tracing.spec.ts');
    expect(sent).toContain('redis://u:<redacted>@h is away');
  });

  it('is made only within a recorded trace', async () => {
    const stop = await start(1);
    expect(await withSpan({ name: 'alone' }, async () => currentTraceparent())).toBe('');
    expect(beginSpan({ name: 'not recorded', traceparent: REMOTE.replace(/01$/, '00') })).toBeUndefined();
    expect(recordSpan({ name: 'nonsense', traceparent: 'nonsense', startedAt: Date.now() })).toBeUndefined();
    await stop();
    expect(spans).toEqual([]);
  });

  it('has nothing to do with what its work has left running', async () => {
    const stop = await start(1);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let left: Promise<string> | undefined;
    await withSpan({ name: 'outer', traceparent: REMOTE }, async () => {
      left = gate.then(currentTraceparent);
    });
    open();
    expect(await left).toBe('');
    await stop();
  });

  it('puts the id of its trace onto log lines', async () => {
    const stop = await start(1);
    const lines: string[] = [];
    const logger = createLogger({ service: 'test', level: 'info', output: { write: (line) => void lines.push(line) } });
    await runInContext({ request_id: 'r1' }, () =>
      withSpan({ name: 'outer', traceparent: REMOTE }, async () => logger.info('inside')),
    );
    logger.info('outside');
    await stop();
    const [inside, outside] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(inside).toMatchObject({ trace_id: TRACE, request_id: 'r1' });
    expect(inside).not.toHaveProperty('trace');
    expect(outside).not.toHaveProperty('trace_id');
  });

  it('is nothing where tracing is off', async () => {
    const stop = await startTracing({ sample_ratio: 1, export_interval: 5_000 }, 'example');
    expect(await withSpan({ name: 'unseen', traceparent: REMOTE }, () => Promise.resolve(7))).toBe(7);
    await stop();
    expect(spans).toEqual([]);
  });
});

describe('a request', () => {
  const trusting = 'listeners: [{ port: 0, bind_addresses: [127.0.0.1], trusted_proxies: [127.0.0.1] }]';

  async function ask(ratio: number, { yaml = trusting, headers = '' } = {}): Promise<Record<string, unknown>[]> {
    const tracing = `tracing: { otlp_endpoint: "${endpoint()}", sample_ratio: ${ratio} }\nlog: { requests: true }`;
    const service = await startExample(`${yaml}\n${tracing}`);
    const [port = 0] = service.ports;
    await exchangeOne(port, `GET /_matrix/client/v3/versions HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
    await exchangeOne(port, 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    await expect.poll(() => service.logLines().filter((line) => line['message'] === 'Request')).toHaveLength(2);
    await service.stop();
    return service.logLines();
  }

  it('has a span by chance, and its log line says which trace; health checks have none', async () => {
    const lines = await ask(1);
    expect(spans).toHaveLength(1);
    expect(spanCalled('GET /_matrix/client/v3/versions')).toMatchObject({ kind: SERVER_KIND });
    expect(lines).toContainEqual(expect.objectContaining({ message: 'Request', trace_id: spans[0]?.traceId }));
    await ask(0);
    expect(spans).toHaveLength(1);
  });

  it('continues the trace that a trusted proxy names, as the proxy has decided', async () => {
    await ask(0, { headers: `traceparent: ${REMOTE}\r\n` });
    expect(spanCalled('GET /_matrix/client/v3/versions')).toMatchObject({ traceId: TRACE });
    await ask(1, { headers: `traceparent: ${REMOTE.replace(/01$/, '00')}\r\n` });
    expect(spans).toHaveLength(1);
  });

  it('lets nobody else decide', async () => {
    const yaml = 'listeners: [{ port: 0, bind_addresses: [127.0.0.1] }]';
    await ask(0, { yaml, headers: `traceparent: ${REMOTE}\r\n` });
    expect(spans).toEqual([]);
  });
});

describe('a traceparent', () => {
  it.each([
    ['', 'nothing'],
    [`01-${TRACE}-b7ad6b7169203331-01-more`, 'recorded'],
    [`00-${TRACE}-b7ad6b7169203331-01-more`, 'nothing'],
    [`ff-${TRACE}-b7ad6b7169203331-01`, 'nothing'],
    [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, 'nothing'],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, 'nothing'],
    [`00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`, 'nothing'],
    [`00-${TRACE}-b7ad6b7169203331-02`, 'not recorded'],
  ])('%s says %s', (text, expected) => {
    const parsed = parseTraceparent(text);
    const said = parsed === undefined ? 'nothing' : parsed.isRecorded ? 'recorded' : 'not recorded';
    expect(said).toBe(expected);
  });
});

it('remembers the rows of late that are traced, and no more than it may', () => {
  const rows = new TracedRows();
  expect(rows.find(1, 1)).toBeUndefined();
  for (let position = 1; position <= 501; position += 1) {
    rows.remember({ shard: 1, position, eventId: `$${position}`, traceparent: REMOTE });
  }
  expect(rows.find(1, 1)).toBeUndefined();
  expect(rows.find(1, 2)).toMatchObject({ eventId: '$2' });
  expect(rows.latest(2).map(({ eventId }) => eventId)).toEqual(['$501', '$500']);
});
