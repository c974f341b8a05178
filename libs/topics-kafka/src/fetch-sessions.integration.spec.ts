import { textTopic } from '@plexus/testing';
import type { Consumer } from 'kafkajs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { kafkaOptions } from '../test-support/kafka-harness.ts';
import { consumerConfig } from './consumer-config.ts';
import { KafkaConnection } from './kafka-connection.ts';
import { KafkaTopics } from './kafka-topics.ts';

const PARTITIONS = 64;
/** What an answer takes for each partition that it names, at least. */
const BYTES_OF_PARTITION = 30;
const WITHIN = { timeout: 20_000, interval: 20 };

const options = kafkaOptions();
const connection = new KafkaConnection(options);
const topic = textTopic('many-partitions', 'never');
const name = connection.nameOf(topic.name);
let topics: KafkaTopics;
let consumer: Consumer;
/** Bytes of the answers to fetches. */
let answers: number[];
let got: string[];

beforeEach(async () => {
  topics = new KafkaTopics(options);
  await topics.setUp([{ topic, partitions: PARTITIONS }]);
  [answers, got] = [[], []];
  consumer = connection.kafka.consumer({ ...consumerConfig(connection), groupId: connection.nameOf('fetching') });
  consumer.on(consumer.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'Fetch') answers.push(payload.size);
  });
  await consumer.connect();
  await consumer.subscribe({ topic: name, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) got.push(`${batch.partition} ${String(value)}`);
    },
  });
});
afterEach(async () => {
  await consumer.disconnect();
  await topics.close();
});

it('is answered for partitions that have something new, not for all of them each time', async () => {
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(2), WITHIN);
  expect(answers[0]).toBeGreaterThan(PARTITIONS * BYTES_OF_PARTITION);
  expect(Math.max(...answers.slice(1))).toBeLessThan(BYTES_OF_PARTITION);
  const before = answers.length;
  await topics.producer.send(topic, 7, [{ key: 'k', value: 'one' }]);
  await vi.waitFor(() => expect(got).toEqual(['7 one']), WITHIN);
  expect(Math.max(...answers.slice(before))).toBeLessThan(10 * BYTES_OF_PARTITION);
});

it('goes on where it was after a pause and elsewhere after a seek', async () => {
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(1), WITHIN);
  consumer.pause([{ topic: name, partitions: [3] }]);
  await topics.producer.send(topic, 3, [{ key: 'k', value: 'paused' }]);
  await topics.producer.send(topic, 4, [{ key: 'k', value: 'other' }]);
  await vi.waitFor(() => expect(got).toContain('4 other'), WITHIN);
  expect(got).not.toContain('3 paused');
  consumer.resume([{ topic: name, partitions: [3] }]);
  await vi.waitFor(() => expect(got).toContain('3 paused'), WITHIN);
  got.length = 0;
  consumer.seek({ topic: name, partition: 4, offset: '0' });
  await vi.waitFor(() => expect(got).toEqual(['4 other']), WITHIN);
});
