import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@plexus/matrix-base';
import type { TopicsHarness } from '@plexus/testing';
import { KafkaConnection } from '../src/kafka-connection.ts';
import type { KafkaTopicsOptions } from '../src/kafka-settings.ts';
import { KafkaTopics } from '../src/kafka-topics.ts';

export const clock: Clock = {
  now: () => Date.now(),
  delay: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => undefined),
};

/** Settings for the Kafka that PLEXUS_TEST_KAFKA names, with a prefix of their own. */
export function kafkaOptions(settings: Partial<KafkaTopicsOptions> = {}): KafkaTopicsOptions {
  const broker = process.env['PLEXUS_TEST_KAFKA'];
  if (broker === undefined) throw new Error('PLEXUS_TEST_KAFKA is not set');
  return {
    brokers: [broker],
    clientId: 'plexus-test',
    topicPrefix: `test-${crypto.randomUUID()}.`,
    replicationFactor: 1,
    sessionTimeoutMs: 3_000,
    heartbeatIntervalMs: 200,
    connectionTimeoutMs: 1_000,
    requestTimeoutMs: 5_000,
    clock,
    limits: { firstRetryMs: 10 },
    ...settings,
  };
}

/** Resolves when the brokers have forgotten the topic. */
export async function removeTopic(options: KafkaTopicsOptions, topicName: string): Promise<void> {
  const connection = new KafkaConnection(options);
  await connection.administer(async (admin) => {
    const incarnation = await connection.fetchIncarnation(topicName);
    await admin.deleteTopics({ topics: [connection.nameOf(topicName)] });
    while (await isThere(connection, topicName, incarnation)) await sleep(20);
  });
}

/** @NOTE Whoever looks after the topic may make it again at once: then it is another one. */
async function isThere(connection: KafkaConnection, topicName: string, incarnation: string): Promise<boolean> {
  if ((await connection.findTopic(topicName)) === undefined) return false;
  return (await connection.fetchIncarnation(topicName).catch(() => undefined)) === incarnation;
}

export async function openKafkaHarness(): Promise<TopicsHarness> {
  const options = kafkaOptions();
  const connection = new KafkaConnection(options);
  const opened: KafkaTopics[] = [];
  return {
    async open() {
      const topics = new KafkaTopics(options);
      opened.push(topics);
      return topics;
    },
    async remake(topic, numPartitions) {
      const name = connection.nameOf(topic.name);
      await connection.administer(async (admin) => {
        await removeTopic(options, topic.name);
        await admin.createTopics({ topics: [{ topic: name, numPartitions }], waitForLeaders: false });
      });
    },
    async close() {
      await Promise.all(opened.map((topics) => topics.close()));
    },
  };
}
