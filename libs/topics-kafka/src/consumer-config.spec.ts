import { expect, it } from 'vitest';
import { consumerConfig } from './consumer-config.ts';
import type { KafkaTopicsOptions } from './kafka-settings.ts';

type Options = Pick<KafkaTopicsOptions, 'sessionTimeoutMs' | 'heartbeatIntervalMs' | 'requestTimeoutMs'>;

function configOf(options: Options, pace: 'prompt' | 'relaxed') {
  return consumerConfig({ options }, pace);
}

it('lets a relaxed member wait longer than one whose partitions carry ownership, within its session', () => {
  const options = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500, requestTimeoutMs: 10_000 };
  expect(configOf(options, 'prompt')).toMatchObject({ heartbeatInterval: 500, maxWaitTimeInMs: 250 });
  expect(configOf(options, 'relaxed')).toMatchObject({ heartbeatInterval: 2_000, maxWaitTimeInMs: 1_000 });
});

it('keeps a partition that is resumed waiting for no longer than until the next sign of life', () => {
  const options = { sessionTimeoutMs: 600, heartbeatIntervalMs: 100, requestTimeoutMs: 10_000 };
  for (const pace of ['prompt', 'relaxed'] as const) {
    const { heartbeatInterval = 0, maxWaitTimeInMs = Infinity } = configOf(options, pace);
    expect(maxWaitTimeInMs).toBeLessThanOrEqual(heartbeatInterval);
    expect(heartbeatInterval).toBeLessThanOrEqual(200);
  }
});

it('lets an idle fetch wait for seconds, and leaves time to notice one that hangs', () => {
  const times = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 };
  for (const pace of ['prompt', 'relaxed'] as const) {
    expect(configOf({ ...times, requestTimeoutMs: 10_000 }, pace)).toMatchObject({ idleWaitTimeInMs: 5_000 });
    expect(configOf({ ...times, requestTimeoutMs: 2_000 }, pace)).toMatchObject({ idleWaitTimeInMs: 1_000 });
  }
});
