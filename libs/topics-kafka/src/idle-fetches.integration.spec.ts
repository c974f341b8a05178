import { textTopic } from '@plexus/testing';
import type { TopicDefinition } from '@plexus/topics';
import type { Consumer } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AlteredAnswers, FETCH } from '../test-support/altered-answers.ts';
import { kafkaOptions } from '../test-support/kafka-harness.ts';
import { consumerConfig } from './consumer-config.ts';
import { KafkaConnection } from './kafka-connection.ts';
import { KafkaTopics } from './kafka-topics.ts';

const PARTITIONS = 4;
/** So long that nothing of what follows can come of its end. */
const HOURS = { idleWaitTimeInMs: 7_200_000 };
const WITHIN = { timeout: 20_000, interval: 20 };

describe('a fetch that waits for long', () => {
  const options = kafkaOptions();
  const connection = new KafkaConnection(options);
  let topic: TopicDefinition<string>;
  let name: string;
  let topics: KafkaTopics;
  let answers: AlteredAnswers;
  let groupId: string;
  let opened: Consumer[];
  let got: string[];

  beforeEach(async () => {
    [opened, got, groupId] = [[], [], connection.nameOf(`group-${crypto.randomUUID()}`)];
    topic = textTopic(`quiet-${crypto.randomUUID()}`, 'never');
    name = connection.nameOf(topic.name);
    topics = new KafkaTopics(options);
    await topics.setUp([{ topic, partitions: PARTITIONS }]);
    answers = await AlteredAnswers.before(options.brokers[0] ?? '');
  });
  afterEach(async () => {
    await Promise.all(opened.map((consumer) => consumer.disconnect()));
    await answers.close();
    await topics.close();
  });

  /** A member whose fetch waits, and the partitions that it was given each time when it joined. */
  async function waitingMember(
    settings: Partial<typeof HOURS> = HOURS,
  ): Promise<{ consumer: Consumer; joins: number[] }> {
    const { socketFactory } = answers;
    const kafka = new Kafka({ brokers: [...options.brokers], socketFactory, logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ ...consumerConfig(connection), ...settings, groupId });
    const joins: number[] = [];
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      joins.push(payload.memberAssignment[name]?.length ?? 0);
    });
    opened.push(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic: name, fromBeginning: true });
    const before = answers.asked(FETCH);
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) got.push(String(value));
      },
    });
    await vi.waitFor(() => expect(answers.asked(FETCH)).toBeGreaterThan(before), WITHIN);
    return { consumer, joins };
  }

  it('ends with a record, and where something else is to be read', async () => {
    const { consumer } = await waitingMember();
    const before = answers.asked(FETCH);
    await topics.producer.send(topic, 1, [{ key: 'k', value: 'one' }]);
    await vi.waitFor(() => expect(got).toEqual(['one']), WITHIN);
    await vi.waitFor(() => expect(answers.asked(FETCH)).toBe(before + 1), WITHIN);
    consumer.seek({ topic: name, partition: 1, offset: '0' });
    await vi.waitFor(() => expect(got).toEqual(['one', 'one']), WITHIN);
  });

  it('is no wait for a partition that is resumed', async () => {
    const { consumer } = await waitingMember();
    consumer.pause([{ topic: name, partitions: [1] }]);
    await topics.producer.send(topic, 1, [{ key: 'k', value: 'paused' }]);
    await topics.producer.send(topic, 2, [{ key: 'k', value: 'other' }]);
    await vi.waitFor(() => expect(got).toEqual(['other']), WITHIN);
    consumer.resume([{ topic: name, partitions: [1] }]);
    await vi.waitFor(() => expect(got).toEqual(['other', 'paused']), WITHIN);
  });

  it('lets the group know that its member lives, and the member that others come and go', async () => {
    const first = await waitingMember();
    const second = await waitingMember();
    await vi.waitFor(() => expect(first.joins).toEqual([PARTITIONS, PARTITIONS / 2]), WITHIN);
    expect(second.joins.at(-1)).toBe(PARTITIONS / 2);
    await second.consumer.disconnect();
    await vi.waitFor(() => expect(first.joins.at(-1)).toBe(PARTITIONS), WITHIN);
    await topics.producer.send(topic, 3, [{ key: 'k', value: 'after' }]);
    await vi.waitFor(() => expect(got).toEqual(['after']), WITHIN);
  });

  it('is left at once by a member that stops', async () => {
    const { consumer } = await waitingMember();
    await consumer.disconnect();
    expect(await members()).toBe(0);
  });

  it('costs its member the partitions where it hangs', async () => {
    answers.keep(FETCH);
    await waitingMember({});
    expect(await members()).toBe(1);
    await vi.waitFor(async () => expect(await members()).toBe(0), WITHIN);
  });

  async function members(): Promise<number | undefined> {
    const [group] = await connection.administer(async (admin) => (await admin.describeGroups([groupId])).groups);
    return group?.members.length;
  }
});
