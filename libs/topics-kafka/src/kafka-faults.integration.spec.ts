import { CollectingMember, RecordCollector, textTopic } from '@plexus/testing';
import type { TopicDefinition } from '@plexus/topics';
import { TopicError } from '@plexus/topics';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKafka } from '../../../tests/support/servers/kafka.ts';
import type { TestServer } from '../../../tests/support/servers/server-process.ts';
import { clock, kafkaOptions } from '../test-support/kafka-harness.ts';
import { KafkaTopics } from './kafka-topics.ts';

const PARTITIONS = 3;
const WITHIN = { timeout: 40_000, interval: 20 };

describe('KafkaTopics, when Kafka fails', () => {
  let kafka: TestServer;
  let topics: KafkaTopics;
  let topic: TopicDefinition<string>;
  let collector: RecordCollector;

  beforeAll(async () => {
    kafka = await createKafka();
    await kafka.start();
  });
  afterAll(() => kafka.dispose());

  beforeEach(async () => {
    const options = kafkaOptions({ brokers: [kafka.address], requestTimeoutMs: 2_000, sessionTimeoutMs: 2_000 });
    topics = new KafkaTopics(options);
    topic = textTopic('kept', 'never');
    collector = new RecordCollector();
    await topics.setUp([{ topic, partitions: PARTITIONS }]);
  });
  afterEach(() => topics.close());

  /** Sends numbers, each until it is acknowledged, as a publisher does. */
  async function publish(partition: number, signal: AbortSignal): Promise<string[]> {
    const acknowledged: string[] = [];
    while (!signal.aborted) {
      const value = String(acknowledged.length);
      try {
        await topics.producer.send(topic, partition, [{ key: 'k', value }]);
        acknowledged.push(value);
      } catch (error) {
        if (!(error instanceof TopicError) || error.kind !== 'unavailable') throw error;
      }
      await clock.delay(2);
    }
    return acknowledged;
  }

  it('loses nothing that was acknowledged and changes no order when it is killed', async () => {
    topics.joinGroup(new CollectingMember(collector).options(topic));
    const published = new AbortController();
    const publishing = Promise.all([0, 1, 2].map((partition) => publish(partition, published.signal)));
    for (let kill = 0; kill < 2; kill += 1) {
      const before = collector.records.length;
      await vi.waitFor(() => expect(collector.records.length).toBeGreaterThan(before + 300), WITHIN);
      await kafka.kill();
      await kafka.start();
    }
    const before = collector.records.length;
    await vi.waitFor(() => expect(collector.records.length).toBeGreaterThan(before + 100), WITHIN);
    published.abort();
    const acknowledged = await publishing;
    for (const [partition, wanted] of acknowledged.entries()) {
      await vi.waitFor(() => expect(firstSeen(collector.values(partition))).toEqual(wanted), WITHIN);
    }
  }, 180_000);

  it('says that a reader is cut off, and misses nothing when Kafka is back', async () => {
    const changes: boolean[] = [];
    const connectionChanged = (isConnected: boolean): void => void changes.push(isConnected);
    topics.readAll({ topic, handler: collector, connectionChanged });
    await vi.waitFor(() => expect(changes).toEqual([true]), WITHIN);
    await topics.producer.send(topic, 0, [{ key: 'k', value: 'before' }]);
    await vi.waitFor(() => expect(collector.values()).toEqual(['before']), WITHIN);
    await kafka.kill();
    await vi.waitFor(() => expect(changes).toEqual([true, false]), WITHIN);
    expect(collector.failures).not.toEqual([]);
    await kafka.start();
    await vi.waitFor(() => topics.producer.send(topic, 0, [{ key: 'k', value: 'after' }]), WITHIN);
    await vi.waitFor(() => expect(changes).toEqual([true, false, true]), WITHIN);
    await vi.waitFor(() => expect(firstSeen(collector.values())).toEqual(['before', 'after']), WITHIN);
  }, 120_000);

  it('gives up a send that Kafka does not answer, and goes on when it does', async () => {
    topics.joinGroup(new CollectingMember(collector).options(topic));
    await topics.producer.send(topic, 0, [{ key: 'k', value: 'before' }]);
    await vi.waitFor(() => expect(collector.values()).toEqual(['before']), WITHIN);
    kafka.signal('SIGSTOP');
    const stalled = topics.producer.send(topic, 0, [{ key: 'k', value: 'stalled' }]);
    await expect(stalled).rejects.toMatchObject({ name: 'TopicError', kind: 'unavailable' });
    kafka.signal('SIGCONT');
    await vi.waitFor(() => topics.producer.send(topic, 0, [{ key: 'k', value: 'after' }]), WITHIN);
    await vi.waitFor(() => expect(collector.values()).toContain('after'), WITHIN);
    expect(firstSeen(collector.values()).filter((value) => value !== 'stalled')).toEqual(['before', 'after']);
  }, 120_000);
});

/** Without repetitions, in the order of the first occurrence. */
function firstSeen(values: readonly string[]): string[] {
  return [...new Set(values)];
}
