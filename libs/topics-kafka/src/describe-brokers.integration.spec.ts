import { textTopic } from '@plexus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kafkaOptions } from '../test-support/kafka-harness.ts';
import { KafkaTopics } from './kafka-topics.ts';

let topics: KafkaTopics;
beforeEach(() => {
  topics = new KafkaTopics(kafkaOptions());
});
afterEach(() => topics.close());

it('tells of the brokers, and of the topics of this deployment, with how they keep records', async () => {
  expect(await topics.describe()).toMatchObject({ brokers: expect.any(Number), topics: [] });
  await topics.setUp([{ topic: textTopic('described', 'never'), partitions: 3 }]);
  const described = await topics.describe();
  expect(described.brokers).toBeGreaterThan(0);
  expect(described.topics).toEqual([
    {
      name: 'described',
      partitions: 3,
      replicas: 1,
      inSyncReplicas: 1,
      withoutLeader: 0,
      safety: { minInSyncReplicas: 1, hasUncleanElection: false },
    },
  ]);
});
