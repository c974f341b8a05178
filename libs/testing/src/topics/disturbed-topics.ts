import type { RecordBatch, RecordHandler, TopicRecord, Topics } from '@plexus/topics';

export interface Disturbance {
  /** Between 0 and 1, as Math.random. */
  readonly random: () => number;
  readonly delay: (ms: number) => Promise<void>;
  /** How often a delivery is disturbed, between 0 and 1. */
  readonly rate?: number;
}

const REMEMBERED_RECORDS = 50;

/**
 * The same topics, but every handler sees what at-least-once delivery allows: records twice, older records again before the next
 * ones, late deliveries. Each repetition goes on in order from where it began. Consumers that keep their laws do not notice.
 */
export function disturbTopics(topics: Topics, disturbance: Disturbance): Topics {
  return {
    producer: topics.producer,
    setUp: (setups) => topics.setUp(setups),
    joinGroup: (options) => topics.joinGroup({ ...options, handler: disturbHandler(options.handler, disturbance) }),
    readAll: (options) => topics.readAll({ ...options, handler: disturbHandler(options.handler, disturbance) }),
    trim: (topic, partition, before) => topics.trim(topic, partition, before),
    close: () => topics.close(),
  };
}

function disturbHandler<T>(handler: RecordHandler<T>, { random, delay, rate = 0.5 }: Disturbance): RecordHandler<T> {
  const delivered = new Map<number, TopicRecord<T>[]>();
  const isHit = (): boolean => random() < rate;

  return {
    async handle(batch) {
      const past = delivered.get(batch.partition) ?? [];
      if (isHit()) await delay(random() * 10);
      if (past.length > 0 && isHit())
        await handler.handle(replayOf(batch, past.slice(Math.floor(random() * past.length))));
      await handler.handle(batch);
      if (isHit()) await handler.handle(batch);
      delivered.set(batch.partition, [...past, ...batch.records].slice(-REMEMBERED_RECORDS));
    },
    setAside: (record) => handler.setAside(record),
    reset(reset) {
      delivered.delete(reset.partition);
      return handler.reset(reset);
    },
    failed: (error, partition) => handler.failed(error, partition),
  };
}

function replayOf<T>(batch: RecordBatch<T>, records: readonly TopicRecord<T>[]): RecordBatch<T> {
  return { ...batch, records, done: () => undefined };
}
