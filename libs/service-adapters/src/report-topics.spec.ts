import { systemClock } from '@plexus/service-shell';
import { FakeTopicBroker, FakeTopics } from '@plexus/testing';
import { USER_EVENTS } from '@plexus/topics';
import type { ProducerDepth, RecordHandler, UserStreamRecord } from '@plexus/topics';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { reportTopics } from './report-topics.ts';

const partitions = 2;
const record = {
  key: '@ann:one.test',
  value: { userId: '@ann:one.test', position: 1, deviceListChanged: false, generation: 1 },
};

function openTopics(): FakeTopics {
  return new FakeTopics(new FakeTopicBroker(systemClock), { firstRetryMs: 1 });
}

async function series(registry: Registry, name: string): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith(name)).map((line) => line.slice(name.length));
}

function handlerOf(handle: () => Promise<void> | void): RecordHandler<UserStreamRecord> {
  return { handle, setAside: () => undefined, reset: () => undefined, failed: () => undefined };
}

it('shows what a reader has not done, over all partitions, until the reader stops', async () => {
  const registry = new Registry();
  const topics = reportTopics(registry, openTopics());
  await topics.setUp([{ topic: USER_EVENTS, partitions }]);
  const { promise: isDone, resolve: finish } = Promise.withResolvers<void>();
  const { promise: isCalled, resolve: called } = Promise.withResolvers<void>();
  const reader = topics.readAll({
    topic: USER_EVENTS,
    handler: handlerOf(() => {
      called();
      return isDone;
    }),
    connectionChanged: () => undefined,
  });
  await topics.producer.send(USER_EVENTS, 0, [record, record]);
  await topics.producer.send(USER_EVENTS, 1, [record]);
  await isCalled;
  const labels = '{topic="user.events",reader="every-process"}';
  await expect.poll(() => series(registry, 'plexus_topic_reader_lag_records')).toEqual([`${labels} 3`]);
  expect(await series(registry, 'plexus_topic_reader_partitions')).toEqual([`${labels} 2`]);
  expect(await series(registry, 'plexus_topic_produced_records_total')).toEqual(['{topic="user.events"} 3']);
  const [bytes = ''] = await series(registry, 'plexus_topic_reader_waiting_bytes');
  expect(Number(bytes.split(' ')[1])).toBeGreaterThan(0);
  finish();
  await expect.poll(() => series(registry, 'plexus_topic_reader_lag_records')).toEqual([`${labels} 0`]);
  expect(await series(registry, 'plexus_topic_reader_records_total')).toEqual([`${labels} 3`]);
  await reader.stop();
  expect(await series(registry, 'plexus_topic_reader_partitions')).toEqual([`${labels} 0`]);
});

it('counts failures of a group under its name, and goes on counting when it is joined anew', async () => {
  const registry = new Registry();
  const topics = reportTopics(registry, openTopics());
  await topics.setUp([{ topic: USER_EVENTS, partitions: 1 }]);
  let failures = 0;
  const join = (): { stop(): Promise<void> } =>
    topics.joinGroup({
      topic: USER_EVENTS,
      group: 'example',
      address: 'here',
      currentOwners: async () => new Map(),
      assigned: () => undefined,
      revoked: () => undefined,
      startOffset: async () => 'earliest',
      handler: handlerOf(() => {
        if (failures++ % 2 === 0) throw new Error('not now');
      }),
    });
  const labels = '{topic="user.events",reader="example"}';
  await topics.producer.send(USER_EVENTS, 0, [record]);
  for (const expected of [1, 2]) {
    const member = join();
    await expect.poll(() => series(registry, 'plexus_topic_reader_failures_total')).toEqual([`${labels} ${expected}`]);
    await expect.poll(() => failures).toBe(expected * 2);
    await member.stop();
  }
});

it('shows what waits for a topic, and nothing waiting once it went', async () => {
  const registry = new Registry();
  const inner = openTopics();
  await inner.setUp([{ topic: USER_EVENTS, partitions: 1 }]);
  let depths: ProducerDepth[] = [{ topic: 'user.events', records: 4, bytes: 400, oldestAgeMs: 1_500 }];
  const producer = { send: inner.producer.send.bind(inner.producer), depth: () => depths };
  const topics = reportTopics(registry, Object.assign(Object.create(inner), { producer }));
  await topics.producer.send(USER_EVENTS, 0, [record]);
  expect(await series(registry, 'plexus_topic_producer_waiting_bytes')).toEqual(['{topic="user.events"} 400']);
  expect(await series(registry, 'plexus_topic_producer_oldest_seconds')).toEqual(['{topic="user.events"} 1.5']);
  depths = [];
  expect(await series(registry, 'plexus_topic_producer_waiting_records')).toEqual(['{topic="user.events"} 0']);
  await expect(topics.producer.send(USER_EVENTS, 9, [record])).rejects.toBeInstanceOf(Error);
  expect(await series(registry, 'plexus_topic_produce_failures_total')).toEqual(['{topic="user.events"} 1']);
});
