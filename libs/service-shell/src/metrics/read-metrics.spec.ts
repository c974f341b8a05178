import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { readCounter, readGauge, single } from './read-metrics.ts';

async function series(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

it('shows what is there when somebody asks, and nothing of what was there before', async () => {
  const registry = new Registry();
  const waiting = new Map([['one', 3]]);
  readGauge(registry, {
    name: 'waiting',
    help: 'What waits.',
    labels: ['queue'],
    read: () => [...waiting].map(([queue, count]) => [{ queue }, count] as const),
  });
  expect(await series(registry)).toEqual(['waiting{queue="one"} 3']);
  waiting.delete('one');
  waiting.set('two', 0);
  expect(await series(registry)).toEqual(['waiting{queue="two"} 0']);
});

it('shows counts that something else keeps, once and not twice', async () => {
  const registry = new Registry();
  let count = 0;
  readCounter(registry, { name: 'done_total', help: 'What was done.', read: single(() => count) });
  expect(await series(registry)).toEqual(['done_total 0']);
  count = 7;
  expect(await series(registry)).toEqual(['done_total 7']);
  expect(await series(registry)).toEqual(['done_total 7']);
});
