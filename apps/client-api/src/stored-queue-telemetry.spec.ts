import { createLogger } from '@plexus/service-shell';
import type { StoredQueueDepth } from '@plexus/storage';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { StoredQueueTelemetry } from './stored-queue-telemetry.ts';

const depth: StoredQueueDepth = { queue: 'admin-jobs', items: 3, oldestSeconds: 60 };

function watchQueues(readStoredQueues: () => Promise<StoredQueueDepth[]>) {
  const registry = new Registry();
  const clock = { at: 0, now: () => clock.at };
  const logger = createLogger({ service: 'test', level: 'fatal' });
  new StoredQueueTelemetry({ readStoredQueues }, { clock, logger }).watch(registry);
  const look = async (): Promise<string[]> => {
    const lines = (await registry.metrics()).split('\n');
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  };
  return { clock, look };
}

it('reads when somebody asks, and not again soon', async () => {
  let reads = 0;
  const { clock, look } = watchQueues(async () => {
    reads += 1;
    return [depth];
  });
  expect(await look()).toEqual([]);
  await expect
    .poll(look)
    .toEqual([
      'plexus_stored_queue_items{queue="admin-jobs"} 3',
      'plexus_stored_queue_oldest_seconds{queue="admin-jobs"} 60',
    ]);
  expect(reads).toBe(1);
  clock.at += 20_000;
  await look();
  expect(reads).toBe(2);
});

it('shows what it knew while the database does not answer', async () => {
  let answers = true;
  const { clock, look } = watchQueues(() => (answers ? Promise.resolve([depth]) : Promise.reject(new Error('away'))));
  await look();
  await expect.poll(look).toHaveLength(2);
  answers = false;
  clock.at += 20_000;
  expect(await look()).toHaveLength(2);
  expect(await look()).toHaveLength(2);
});
