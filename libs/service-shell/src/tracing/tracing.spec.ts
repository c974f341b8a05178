import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../logging/pino-logger.ts';
import { startTracing } from './start-tracing.ts';
import { withSpan } from './with-span.ts';

let collector: Server;
let received: string;

beforeEach(async () => {
  received = '';
  collector = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (received += chunk.toString()));
    request.on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => {
    collector.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(() => {
  collector.close();
});

function endpoint(): string {
  return `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
}

it('sends our spans with their attributes, nested, failed ones too', async () => {
  const stop = await startTracing({ otlp_endpoint: endpoint(), sample_ratio: 1 }, 'example');
  const result = await withSpan('outer', { shard: 3 }, () => withSpan('inner', {}, () => Promise.resolve('result')));
  const failing = withSpan('failing', {}, () => Promise.reject(new Error('because')));
  await expect(failing).rejects.toThrow('because');
  await stop();
  expect(result).toBe('result');
  for (const part of ['"outer"', '"inner"', '"failing"', '"shard"', '"example"', 'parentSpanId']) {
    expect(received).toContain(part);
  }
});

it('puts the id of the trace onto log lines', async () => {
  const stop = await startTracing({ otlp_endpoint: endpoint(), sample_ratio: 1 }, 'example');
  const lines: string[] = [];
  const logger = createLogger({ service: 'test', level: 'info', output: { write: (line) => void lines.push(line) } });
  await withSpan('outer', {}, () => Promise.resolve(logger.info('inside')));
  logger.info('outside');
  await stop();
  const [inside, outside] = lines.map((line) => JSON.parse(line) as { trace_id?: string });
  expect(received).toContain(inside?.trace_id);
  expect(outside).not.toHaveProperty('trace_id');
});

it('sends nothing at a ratio of 0', async () => {
  const stop = await startTracing({ otlp_endpoint: endpoint(), sample_ratio: 0 }, 'example');
  await withSpan('unseen', {}, () => Promise.resolve());
  await stop();
  expect(received).toBe('');
});

it('just runs the work where tracing is off', async () => {
  const stop = await startTracing({ sample_ratio: 1 }, 'example');
  expect(await withSpan('unseen', {}, () => Promise.resolve(7))).toBe(7);
  await stop();
  expect(received).toBe('');
});
