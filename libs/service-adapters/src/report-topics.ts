import { readCounter, readGauge } from '@plexus/service-shell';
import type {
  BroadcastReader,
  BroadcastReaderOptions,
  GroupConsumer,
  GroupConsumerOptions,
  PartitionLag,
  Producer,
  RecordHandler,
  TopicDefinition,
  Topics,
} from '@plexus/topics';
import type { Registry } from 'prom-client';

/** Who reads a topic: a group by its name, or a process that reads all of it beside the others. */
interface Reader {
  readonly labels: { readonly topic: string; readonly reader: string };
  /** Those that are open now; a group that is joined anew has another one. */
  readonly open: Set<Pick<GroupConsumer, 'lag'>>;
  records: number;
  failures: number;
  undecodable: number;
  resets: number;
}

interface Written {
  records: number;
  failures: number;
}

const BROADCAST = 'every-process';

/** The same topics, with what waits on both sides of them and what has passed shown by topic and reader, summed over partitions. */
export function reportTopics(registry: Registry, topics: Topics): Topics {
  const written = new Map<string, Written>();
  const readers = new Map<string, Reader>();
  reportProducer(registry, topics.producer, written);
  reportReaders(registry, readers);
  return {
    producer: {
      send: (topic, partition, records) => {
        const counts = writtenOf(topic.name);
        const sent = topics.producer.send(topic, partition, records);
        sent.then(
          () => (counts.records += records.length),
          () => (counts.failures += 1),
        );
        return sent;
      },
      depth: () => topics.producer.depth(),
    },
    joinGroup: <T>(options: GroupConsumerOptions<T>) => {
      const reader = readerOf(options.topic, options.group);
      const member = topics.joinGroup({ ...options, handler: counting(reader, options.handler) });
      return {
        ...opened(reader, member),
        assignedPartitions: () => member.assignedPartitions(),
        pause: (partition) => member.pause(partition),
        resume: (partition) => member.resume(partition),
      };
    },
    readAll: <T>(options: BroadcastReaderOptions<T>): BroadcastReader => {
      const reader = readerOf(options.topic, BROADCAST);
      const all = topics.readAll({ ...options, handler: counting(reader, options.handler) });
      return { ...opened(reader, all), isConnected: () => all.isConnected() };
    },
    setUp: (setUps) => topics.setUp(setUps),
    trim: (topic, partition, beforeOffset) => topics.trim(topic, partition, beforeOffset),
    close: () => topics.close(),
  };

  function writtenOf(topic: string): Written {
    const known = written.get(topic) ?? { records: 0, failures: 0 };
    written.set(topic, known);
    return known;
  }

  function readerOf({ name: topic }: Pick<TopicDefinition<never>, 'name'>, name: string): Reader {
    const key = `${topic} ${name}`;
    const known = readers.get(key) ?? {
      labels: { topic, reader: name },
      open: new Set(),
      records: 0,
      failures: 0,
      undecodable: 0,
      resets: 0,
    };
    readers.set(key, known);
    return known;
  }
}

/** Is asked for its lag until it is stopped. */
function opened(reader: Reader, consumer: Pick<GroupConsumer, 'lag' | 'stop'>): Pick<GroupConsumer, 'lag' | 'stop'> {
  reader.open.add(consumer);
  return {
    lag: () => consumer.lag(),
    stop: async () => {
      reader.open.delete(consumer);
      await consumer.stop();
    },
  };
}

function counting<T>(reader: Reader, handler: RecordHandler<T>): RecordHandler<T> {
  return {
    handle(batch) {
      reader.records += batch.records.length;
      return handler.handle(batch);
    },
    setAside(record) {
      reader.undecodable += 1;
      return handler.setAside(record);
    },
    reset(reset) {
      reader.resets += 1;
      return handler.reset(reset);
    },
    failed(error, partition) {
      reader.failures += 1;
      handler.failed(error, partition);
    },
  };
}

function reportProducer(registry: Registry, producer: Producer, written: ReadonlyMap<string, Written>): void {
  const waiting = (name: string, help: string, read: (depth: ReturnType<Producer['depth']>[number]) => number): void =>
    readGauge(registry, {
      name: `plexus_topic_producer_${name}`,
      help,
      labels: ['topic'],
      read: () => {
        const depths = new Map(producer.depth().map((depth) => [depth.topic, depth]));
        return [...new Set([...written.keys(), ...depths.keys()])].map((topic) => {
          const depth = depths.get(topic);
          return [{ topic }, depth === undefined ? 0 : read(depth)] as const;
        });
      },
    });
  waiting('waiting_records', 'Records that the topic has not acknowledged yet.', ({ records }) => records);
  waiting('waiting_bytes', 'Bytes of records that the topic has not acknowledged yet.', ({ bytes }) => bytes);
  waiting('oldest_seconds', 'Age of the oldest record that the topic has not acknowledged yet.', ({ oldestAgeMs }) => {
    return oldestAgeMs / 1_000;
  });
  const count = (name: string, help: string, read: (counts: Written) => number): void =>
    readCounter(registry, {
      name,
      help,
      labels: ['topic'],
      read: () => [...written].map(([topic, counts]) => [{ topic }, read(counts)] as const),
    });
  count('plexus_topic_produced_records_total', 'Records that the topic took.', ({ records }) => records);
  count('plexus_topic_produce_failures_total', 'Times that a topic did not take records.', ({ failures }) => failures);
}

function reportReaders(registry: Registry, readers: ReadonlyMap<string, Reader>): void {
  const labels = ['topic', 'reader'] as const;
  const all = (read: (reader: Reader) => number) => () =>
    [...readers.values()].map((reader) => [reader.labels, read(reader)] as const);
  const gauge = (name: string, help: string, read: (lags: readonly PartitionLag[]) => number): void =>
    readGauge(registry, {
      name: `plexus_topic_reader_${name}`,
      help,
      labels,
      read: all(({ open }) => read([...open].flatMap((consumer) => consumer.lag()))),
    });
  gauge('partitions', 'Partitions that this process reads.', (lags) => lags.length);
  gauge('lag_records', 'Records in the partitions of this process that are not done.', (lags) => {
    return lags.reduce((sum, { highWatermark, position }) => sum + Math.max(0, highWatermark - position), 0);
  });
  gauge('waiting_bytes', 'Bytes of records that are here and not done.', (lags) => {
    return lags.reduce((sum, { queuedBytes }) => sum + queuedBytes, 0);
  });
  gauge('oldest_seconds', 'Age of the oldest record that is here and not done.', (lags) => {
    return lags.reduce((oldest, { oldestAgeMs }) => Math.max(oldest, oldestAgeMs), 0) / 1_000;
  });
  const count = (name: string, help: string, read: (reader: Reader) => number): void =>
    readCounter(registry, { name: `plexus_topic_reader_${name}`, help, labels, read: all(read) });
  count('records_total', 'Records that were handed over; again where that failed.', ({ records }) => records);
  count('failures_total', 'Failures of reading or of handling records; they are tried again.', ({ failures }) => {
    return failures;
  });
  count('undecodable_total', 'Records that nobody can read; they are set aside.', ({ undecodable }) => undecodable);
  count('resets_total', 'Times that a partition had lost records or was made anew.', ({ resets }) => resets);
}
