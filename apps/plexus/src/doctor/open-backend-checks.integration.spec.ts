import { randomUUID } from 'node:crypto';
import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import { expect, it } from 'vitest';
import { openBackendChecks } from './open-backend-checks.ts';
import { runChecks } from './run-checks.ts';

const redis = process.env['PLEXUS_TEST_REDIS'] ?? 'redis://127.0.0.1:6379';
const kafka = process.env['PLEXUS_TEST_KAFKA'] ?? '127.0.0.1:9092';

async function look(url: string): Promise<readonly string[]> {
  const topics = `{ adapter: kafka, kafka: { brokers: ['${kafka}'], topic_prefix: 'doctor-${randomUUID()}.' } }`;
  const text = `servers: []\ntopics: ${topics}\ncache: { adapter: redis, redis: { url: '${url}' } }`;
  const told: string[] = [];
  await runChecks(openBackendChecks(loadConfigText(text, readEnvironment({}))), ({ level, subject, text: found }) =>
    told.push(`${level}: ${subject}: ${found}`),
  );
  return told;
}

it('finds Kafka and Redis where they are', async () => {
  const told = await look(redis);
  expect(told).toContainEqual(expect.stringMatching(/^good: Kafka: \d+ brokers answer; 0 topics$/));
  expect(told).toContainEqual(expect.stringMatching(/^good: Redis: it answers; \d+\.\d+/));
  expect(told.filter((line) => line.startsWith('fault'))).toEqual([]);
});

it('says why it does not find Redis', async () => {
  const told = await look('redis://127.0.0.1:1');
  expect(told.at(-1)).toBe('fault: Redis: Redis cannot be reached: connect ECONNREFUSED 127.0.0.1:1');
});
