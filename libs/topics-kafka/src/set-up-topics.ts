import type { ITopicMetadata } from 'kafkajs';
import type { IfLost, TopicSetup } from '@plexus/topics';
import { TopicError } from '@plexus/topics';
import { awaitBrokers } from './await-brokers.ts';
import type { KafkaConnection } from './kafka-connection.ts';

const HOUR_MS = 3_600_000;
const RETENTION_MS: Readonly<Record<IfLost, number>> = { never: -1, refilled: 24 * HOUR_MS, tolerable: HOUR_MS };
const VISIBLE_WITHIN_MS = 15_000;
const LOOK_AGAIN_MS = 50;

/** Makes topics that are missing; refuses one with another number of partitions. Where nothing is missing it is one look at all of them. */
export async function setUpTopics(connection: KafkaConnection, setups: readonly TopicSetup[]): Promise<void> {
  const found = await connection.findTopics(setups.map(({ topic }) => topic.name));
  const byName = new Map(found.map((topic) => [topic.name, topic]));
  await Promise.all(
    setups.map((setup) => setUpTopic(connection, setup, byName.get(connection.nameOf(setup.topic.name)))),
  );
}

async function setUpTopic(connection: KafkaConnection, setup: TopicSetup, found?: ITopicMetadata): Promise<void> {
  const { name } = setup.topic;
  let topic = found;
  if (topic === undefined) {
    connection.options.log?.('warn', 'a topic is missing and is made', { topic: connection.nameOf(name) });
    await createTopic(connection, setup);
    topic = await waitForLeaders(connection, setup);
  }
  if (topic.partitions.length === setup.partitions) return;
  throw new TopicError('partition-count', `${name} has ${topic.partitions.length} partitions, not ${setup.partitions}`);
}

/** Another process may make it at the same moment; then nothing is made here. */
async function createTopic(connection: KafkaConnection, { topic, partitions }: TopicSetup): Promise<void> {
  const { clock, replicationFactor } = connection.options;
  const configEntries = [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: String(RETENTION_MS[topic.ifLost]) },
    { name: 'retention.bytes', value: '-1' },
    { name: 'min.insync.replicas', value: String(replicationFactor >= 3 ? 2 : 1) },
    { name: 'unclean.leader.election.enable', value: 'false' },
  ];
  const created = { topic: connection.nameOf(topic.name), numPartitions: partitions, replicationFactor, configEntries };
  await awaitBrokers(
    () => connection.administer((admin) => admin.createTopics({ topics: [created], waitForLeaders: false })),
    { clock, withinMs: VISIBLE_WITHIN_MS, pauseMs: LOOK_AGAIN_MS },
  );
}

/** @NOTE The brokers answer before all of them know of the topic. */
async function waitForLeaders(connection: KafkaConnection, { topic, partitions }: TopicSetup) {
  const { clock } = connection.options;
  const end = clock.now() + VISIBLE_WITHIN_MS;
  while (clock.now() < end) {
    const found = await connection.findTopic(topic.name);
    const isWhole = found !== undefined && found.partitions.length > 0;
    if (isWhole && found.partitions.every(({ leader }) => leader >= 0)) return found;
    await clock.delay(LOOK_AGAIN_MS);
  }
  throw new TopicError('unavailable', `${topic.name} with ${partitions} partitions was made and does not appear`);
}
