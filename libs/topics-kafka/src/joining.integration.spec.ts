import { textTopic } from '@plexus/testing';
import type { Consumer } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AlteredAnswers, JOIN_GROUP, SYNC_GROUP } from '../test-support/altered-answers.ts';
import { kafkaOptions } from '../test-support/kafka-harness.ts';
import { consumerConfig } from './consumer-config.ts';
import { KafkaConnection } from './kafka-connection.ts';
import { KafkaTopics } from './kafka-topics.ts';

const PARTITIONS = 4;
const COORDINATOR_LOADS = 14;
const COORDINATOR_AWAY = 15;
const REBALANCE_IN_PROGRESS = 27;
const WITHIN = { timeout: 20_000, interval: 20 };

describe('a member that joins while its group has no rest', () => {
  const options = kafkaOptions();
  const connection = new KafkaConnection(options);
  const topic = textTopic('shared', 'never');
  const name = connection.nameOf(topic.name);
  let topics: KafkaTopics;
  let answers: AlteredAnswers;
  let consumer: Consumer;
  let groupId: string;
  let assigned: readonly number[];
  let crashes: string[];

  beforeEach(async () => {
    [assigned, crashes, groupId] = [[], [], connection.nameOf(`group-${crypto.randomUUID()}`)];
    topics = new KafkaTopics(options);
    await topics.setUp([{ topic, partitions: PARTITIONS }]);
    answers = await AlteredAnswers.before(options.brokers[0] ?? '');
    const { socketFactory } = answers;
    const kafka = new Kafka({ brokers: [...options.brokers], socketFactory, logLevel: logLevel.NOTHING });
    consumer = kafka.consumer({ ...consumerConfig(connection), groupId });
    consumer.on(consumer.events.CRASH, ({ payload }) => void crashes.push(payload.error.message));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      assigned = payload.memberAssignment[name] ?? [];
    });
    await consumer.connect();
    await consumer.subscribe({ topic: name, fromBeginning: true });
  });
  afterEach(async () => {
    await consumer.disconnect();
    await answers.close();
    await topics.close();
  });

  it.each([
    ['loads what it knows of the group', JOIN_GROUP, COORDINATOR_LOADS, 1],
    ['is not there for a moment', JOIN_GROUP, COORDINATOR_AWAY, 1],
    ['moves between joining and hearing of partitions', SYNC_GROUP, COORDINATOR_LOADS, 1],
    ['sees others come, one after another', SYNC_GROUP, REBALANCE_IN_PROGRESS, 4],
  ])('is in it once where the coordinator %s', async (_, kind, errorCode, times) => {
    answers.fail(kind, errorCode, times);
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    await vi.waitFor(() => expect(assigned).toHaveLength(PARTITIONS), WITHIN);
    expect(answers.left(kind)).toBe(0);
    expect(crashes).toEqual([]);
    const [group] = await connection.administer(async (admin) => (await admin.describeGroups([groupId])).groups);
    expect(group?.members).toHaveLength(1);
  });
});
