import { createLogger, loadConfigText } from '@plexus/service-shell';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { observeStatements } from './observe-statements.ts';

function open(slowQuery: string): {
  observe: ReturnType<typeof observeStatements>;
  lines: Record<string, unknown>[];
  registry: Registry;
} {
  const lines: Record<string, unknown>[] = [];
  const registry = new Registry();
  const output = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const logger = createLogger({ service: 'test', level: 'info', output });
  const config = loadConfigText(`servers: []\nlog: { slow_query: ${slowQuery} }`);
  return { observe: observeStatements({ config, logger, registry }), lines, registry };
}

it('writes a line for a statement that took long, and none for others', async () => {
  const { observe, lines, registry } = open('100ms');
  observe({ name: 'quick', startedAt: 0, endedAt: 99 });
  observe({ name: 'find-user', startedAt: 1_000, endedAt: 1_250.4, error: new Error('gone') });
  expect(lines).toMatchObject([{ level: 'warn', statement: 'find-user', duration_ms: 250, err: { message: 'gone' } }]);
  expect(await registry.metrics()).toContain('plexus_database_slow_statements_total 1');
});

it('writes some lines only while everything takes long, and says how many it left out', () => {
  const { observe, lines } = open('100ms');
  for (let count = 0; count < 30; count += 1) observe({ name: 'slow', startedAt: 0, endedAt: 5_000 });
  expect(lines).toHaveLength(20);
  observe({ name: 'slow', startedAt: 15_000, endedAt: 16_000 });
  expect(lines.at(-1)).toMatchObject({ left_out_before: 10 });
});

it('writes nothing where it is switched off', () => {
  const { observe, lines } = open('0s');
  observe({ name: 'slow', startedAt: 0, endedAt: 50_000 });
  expect(lines).toEqual([]);
});
