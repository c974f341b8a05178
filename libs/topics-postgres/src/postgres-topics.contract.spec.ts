import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@plexus/matrix-base';
import { CollectingMember, RecordCollector, textTopic, topicsContract } from '@plexus/testing';
import { MAX_RECORD_BYTES } from '@plexus/topics';
import type { RecordBatch, RecordCodec, TopicDefinition, TopicRecord } from '@plexus/topics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TemporaryLog } from '../test-support/temporary-log.ts';
import { openTemporaryLog } from '../test-support/temporary-log.ts';
import { PostgresTopics } from './postgres-topics.ts';

const clock: Clock = {
  now: () => Date.now(),
  delay: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => undefined),
};

topicsContract('Postgres', async () => {
  const log = await openTemporaryLog();
  const opened: PostgresTopics[] = [];
  return {
    async open() {
      const topics = new PostgresTopics({ database: log.database, clock, limits: { firstRetryMs: 5 } });
      opened.push(topics);
      return topics;
    },
    async remake(topic) {
      await log.pool.query('delete from topic_records where topic = $1', [topic.name]);
      await log.pool.query(
        'update topic_partitions set next_offset = 0, incarnation = gen_random_uuid() where topic = $1',
        [topic.name],
      );
    },
    async close() {
      await Promise.all(opened.map((topics) => topics.close()));
      await log.drop();
    },
  };
});

describe('PostgresTopics', () => {
  let log: TemporaryLog;
  let topics: PostgresTopics;

  beforeEach(async () => {
    log = await openTemporaryLog();
    topics = new PostgresTopics({ database: log.database, clock, limits: { firstRetryMs: 5, queuedBytes: 50 } });
  });
  afterEach(async () => {
    await topics.close();
    await log.drop();
  });

  it('keeps in the database only what must not be lost', async () => {
    const [kept, refilled] = [textTopic('kept', 'never'), textTopic('refilled', 'refilled')];
    await topics.setUp([kept, refilled].map((topic) => ({ topic, partitions: 2 })));
    await topics.producer.send(kept, 0, [{ key: 'k', value: 'kept' }]);
    await topics.producer.send(refilled, 0, [{ key: 'k', value: 'passing' }]);
    const { rows } = await log.pool.query('select topic, value from topic_records');
    expect(rows).toEqual([{ topic: 'kept', value: Buffer.from('kept') }]);
  });

  it('never shows an offset before those below it, whoever else appends', async () => {
    const topic = textTopic('kept', 'never');
    await topics.setUp([{ topic, partitions: 1 }]);
    const others = Array.from({ length: 3 }, () => new PostgresTopics({ database: log.database, clock }));
    const writers = [topics, ...others];
    for (const writer of others) await writer.setUp([{ topic, partitions: 1 }]);
    const collector = new RecordCollector();
    topics.joinGroup(new CollectingMember(collector).options(topic));
    const count = 50;
    await Promise.all(
      writers.map(async (writer) => {
        for (let index = 0; index < count; index += 1) await writer.producer.send(topic, 0, [{ key: 'k', value: 'v' }]);
      }),
    );
    await topics.producer.send(topic, 0, [{ key: 'k', value: 'last' }]);
    await vi.waitFor(() => expect(collector.records.at(-1)?.value).toBe('last'), 10_000);
    const all = Array.from({ length: writers.length * count + 1 }, (_, offset) => offset);
    expect(collector.records.map(({ offset }) => offset)).toEqual(all);
  });

  it('appends what comes at once in one transaction', async () => {
    const topic = textTopic('kept', 'never');
    await topics.setUp([{ topic, partitions: 4 }]);
    const send = (partition: number): Promise<number> =>
      topics.producer.send(topic, partition, [{ key: 'k', value: 'v' }]);
    await Promise.all([0, 1, 2, 3, 0, 1].map(send));
    const { rows } = await log.pool.query(
      'select count(distinct xmin::text)::integer as transactions from topic_records',
    );
    expect(rows).toEqual([{ transactions: 1 }]);
  });

  it('says that the database is away, and goes on when it is back', async () => {
    const topic = textTopic('kept', 'never');
    await topics.setUp([{ topic, partitions: 1 }]);
    const collector = new RecordCollector();
    topics.joinGroup(new CollectingMember(collector).options(topic));
    await log.pool.query('alter table topic_records rename to hidden');
    const sent = topics.producer.send(topic, 0, [{ key: 'k', value: 'lost' }]);
    await expect(sent).rejects.toMatchObject({ name: 'TopicError', kind: 'unavailable' });
    await vi.waitFor(() => expect(collector.failures).not.toEqual([]));
    await log.pool.query('alter table hidden rename to topic_records');
    await topics.producer.send(topic, 0, [{ key: 'k', value: 'stored' }]);
    await vi.waitFor(() => expect(collector.values()).toEqual(['stored']));
  });

  it('hands what may be lost from hand to hand, without encoding it where its size can be told', async () => {
    const codec: RecordCodec<{ readonly text: string }> = {
      encode: () => expect.unreachable('it is not encoded'),
      decode: () => expect.unreachable('it is not decoded'),
      sizeOf: ({ text }) => text.length,
    };
    const topic: TopicDefinition<{ readonly text: string }> = { name: 'handed', ifLost: 'refilled', codec };
    await topics.setUp([{ topic, partitions: 1 }]);
    const got: TopicRecord<{ readonly text: string }>[] = [];
    const handler = {
      handle: ({ records }: RecordBatch<{ readonly text: string }>) => void got.push(...records),
      setAside: () => undefined,
      reset: () => undefined,
      failed: () => undefined,
    };
    topics.readAll({ topic, handler, connectionChanged: () => undefined });
    const value = { text: 'passing' };
    await topics.producer.send(topic, 0, [{ key: 'k', value }]);
    await vi.waitFor(() => expect(got).toHaveLength(1));
    expect(got[0]?.value).toBe(value);
    expect(got[0]?.byteLength).toBe(7);
    const large = { text: 'x'.repeat(MAX_RECORD_BYTES + 1) };
    await expect(topics.producer.send(topic, 0, [{ key: 'k', value: large }])).rejects.toMatchObject({
      kind: 'record-too-large',
    });
  });

  it('forgets the oldest of what may be lost when too much waits', async () => {
    const topic = textTopic('refilled', 'refilled');
    await topics.setUp([{ topic, partitions: 1 }]);
    const collector = new RecordCollector();
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    collector.before = () => opened;
    topics.readAll({ topic, handler: collector, connectionChanged: () => undefined });
    const values = Array.from({ length: 20 }, (_, index) => `record ${String(index).padStart(3, '0')}`);
    for (const value of values) await topics.producer.send(topic, 0, [{ key: 'k', value }]);
    resolve();
    await vi.waitFor(() => expect(collector.values().at(-1)).toBe('record 019'));
    expect(collector.values()).toEqual(['record 000', ...values.slice(-4)]);
  });
});
