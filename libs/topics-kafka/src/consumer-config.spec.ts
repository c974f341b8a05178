import { expect, it } from 'vitest';
import { consumerConfig } from './consumer-config.ts';
import type { KafkaTopicsOptions } from './kafka-settings.ts';

type Options = Pick<KafkaTopicsOptions, 'sessionTimeoutMs' | 'heartbeatIntervalMs'>;

function configOf(options: Options, pace: 'prompt' | 'relaxed') {
  return consumerConfig({ options }, pace);
}

it('lets a relaxed member wait longer than one whose partitions carry ownership, within its session', () => {
  const options = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 };
  expect(configOf(options, 'prompt')).toMatchObject({ heartbeatInterval: 500, maxWaitTimeInMs: 250 });
  expect(configOf(options, 'relaxed')).toMatchObject({ heartbeatInterval: 1_500, maxWaitTimeInMs: 1_000 });
});

it('never waits for longer than until the next sign of life', () => {
  const options = { sessionTimeoutMs: 600, heartbeatIntervalMs: 100 };
  for (const pace of ['prompt', 'relaxed'] as const) {
    const { heartbeatInterval = 0, maxWaitTimeInMs = Infinity } = configOf(options, pace);
    expect(maxWaitTimeInMs).toBeLessThanOrEqual(heartbeatInterval);
    expect(heartbeatInterval).toBeLessThanOrEqual(200);
  }
});
