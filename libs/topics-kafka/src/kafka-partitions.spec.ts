import { RecordCollector, textTopic } from '@plexus/testing';
import { DEFAULT_DELIVERY_LIMITS } from '@plexus/topics';
import type { Batch } from 'kafkajs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { KafkaPartitions } from './kafka-partitions.ts';
import type { TopicLooks } from './kafka-partitions.ts';

describe('KafkaPartitions', () => {
  let incarnation: string;
  let collector: RecordCollector;
  let partitions: KafkaPartitions<string>;
  beforeEach(() => {
    incarnation = 'old';
    collector = new RecordCollector();
    partitions = new KafkaPartitions(
      looks(() => incarnation),
      textTopic('kept', 'never'),
      collector,
      DEFAULT_DELIVERY_LIMITS,
    );
    partitions.open(0);
    partitions.start(0, 0, 'old');
  });

  it('looks at the topic again when it has become shorter than what was read', async () => {
    await partitions.arrived({ batch: batchOf(['a', 'b', 'c']) });
    await vi.waitFor(() => expect(collector.values()).toEqual(['a', 'b', 'c']));
    incarnation = 'new';
    await partitions.arrived({ batch: batchOf(['d']) });
    await partitions.arrived({ batch: batchOf(['d']) });
    await vi.waitFor(() => expect(collector.values()).toEqual(['a', 'b', 'c', 'd']));
    expect(collector.resets).toEqual([{ partition: 0, incarnation: 'new', expectedOffset: 3, nextOffset: 0 }]);
    expect(collector.incarnations.get(0)).toBe('new');
  });

  it('goes back to where the same topic goes on when it has lost its end', async () => {
    await partitions.arrived({ batch: batchOf(['a', 'b', 'c']) });
    await partitions.arrived({ batch: batchOf(['d']) });
    await vi.waitFor(() => expect(collector.values()).toEqual(['a', 'b', 'c', 'd']));
    expect(collector.resets).toEqual([{ partition: 0, incarnation: 'old', expectedOffset: 3, nextOffset: 0 }]);
  });
});

function looks(incarnation: () => string): TopicLooks {
  return {
    fetchIncarnation: async () => incarnation(),
    fetchOffsets: async () => [],
    nameOf: (name) => name,
    options: {
      brokers: [],
      clientId: 'test',
      topicPrefix: '',
      replicationFactor: 1,
      sessionTimeoutMs: 1_000,
      heartbeatIntervalMs: 100,
      connectionTimeoutMs: 1_000,
      requestTimeoutMs: 1_000,
      clock: { now: () => 0, delay: async () => undefined },
    },
  };
}

/** All records of a partition that has only these, from its first offset on. */
function batchOf(values: readonly string[]): Batch {
  return {
    topic: 'kept',
    partition: 0,
    highWatermark: String(values.length),
    messages: values.map((value, offset) => ({
      key: null,
      value: Buffer.from(value),
      timestamp: '0',
      attributes: 0,
      headers: {},
      offset: String(offset),
    })),
    isEmpty: () => values.length === 0,
    firstOffset: () => '0',
    lastOffset: () => String(values.length - 1),
    offsetLag: () => '0',
    offsetLagLow: () => '0',
  };
}
