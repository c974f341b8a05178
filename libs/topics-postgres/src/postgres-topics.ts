import { randomUUID } from 'node:crypto';
import type { Clock } from '@plexus/matrix-base';
import type {
  BroadcastReader,
  BroadcastReaderOptions,
  DeliveryLimits,
  GroupConsumer,
  GroupConsumerOptions,
  OutgoingRecord,
  Producer,
  RecordHandler,
  TopicDefinition,
  Topics,
  TopicSetup,
} from '@plexus/topics';
import { DEFAULT_DELIVERY_LIMITS, MAX_RECORD_BYTES, tellRevoked, TopicError } from '@plexus/topics';
import { AppendQueue } from './append-queue.ts';
import type { EncodedRecord } from './durable-log.ts';
import { DurableLog } from './durable-log.ts';
import { readDurableTopic } from './durable-partitions.ts';
import type { LogDatabase } from './log-database.ts';
import { readProcessTopic } from './process-partitions.ts';
import { ProcessTopic } from './process-topic.ts';
import type { SizedRecord } from './process-topic.ts';
import type { ReadPartitions } from './read-partitions.ts';

export interface PostgresTopicsOptions {
  readonly database: LogDatabase;
  readonly clock: Clock;
  readonly limits?: Partial<DeliveryLimits>;
}

interface OpenTopic {
  readonly partitions: number;
  /** Undefined where the records are kept in the database. */
  readonly local: ProcessTopic | undefined;
}

type Wake = (partition: number) => void;

/**
 * Topics for a deployment of one process: what must not be lost is a table, all else goes from hand to hand. Every partition is
 * assigned to the member that asks.
 *
 * @NOTE Appends and consumers are of the same process, so an append wakes the readers by itself: a notification through the database
 * would cost a connection and take a lock of the whole database at each commit.
 */
export class PostgresTopics implements Topics {
  readonly producer: Producer;
  readonly #clock: Clock;
  readonly #limits: DeliveryLimits;
  readonly #log: DurableLog;
  readonly #queue: AppendQueue;
  readonly #topics = new Map<string, OpenTopic>();
  readonly #wakes = new Map<string, Set<Wake>>();
  readonly #consumers = new Set<{ stop(): Promise<void> }>();
  readonly #incarnation = randomUUID();
  #isClosed = false;

  constructor({ database, clock, limits }: PostgresTopicsOptions) {
    this.#clock = clock;
    this.#limits = { ...DEFAULT_DELIVERY_LIMITS, ...limits };
    this.#log = new DurableLog(database);
    this.#queue = new AppendQueue((appends) => this.#log.append(appends), clock);
    this.producer = {
      send: (topic, partition, records) => this.#send(topic, partition, records),
      depth: () => this.#queue.depth(),
    };
  }

  async setUp(setups: readonly TopicSetup[]): Promise<void> {
    for (const setup of setups) {
      const { topic, partitions } = setup;
      if (topic.ifLost === 'never') await this.#log.setUp(setup);
      const open = this.#topics.get(topic.name);
      if (open !== undefined && open.partitions !== partitions) {
        throw new TopicError('partition-count', `${topic.name} has ${open.partitions} partitions, not ${partitions}`);
      }
      const local = topic.ifLost === 'never' ? undefined : new ProcessTopic(partitions);
      if (open === undefined) this.#topics.set(topic.name, { partitions, local });
    }
  }

  joinGroup<T>(options: GroupConsumerOptions<T>): GroupConsumer {
    const { partitions } = this.#topic(options.topic.name);
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    let assigned: readonly number[] = [];
    let reading: ReadPartitions | undefined;
    queueMicrotask(() => {
      if (stopping !== undefined) return;
      assigned = all;
      options.assigned(all);
      reading = this.#read(options.topic, options.handler, (partition, incarnation) =>
        options.startOffset(partition, incarnation),
      );
    });
    let stopping: Promise<void> | undefined;
    async function stop(): Promise<void> {
      await reading?.stop();
      const revoked = assigned;
      assigned = [];
      await tellRevoked(options, revoked);
    }
    return this.#track({
      assignedPartitions: () => [...assigned],
      pause: (partition) => reading?.delivery(partition)?.pause(),
      resume: (partition) => reading?.delivery(partition)?.resume(),
      lag: () => (assigned.length > 0 ? (reading?.lag() ?? []) : []),
      stop: () => (stopping ??= stop()),
    });
  }

  readAll<T>(options: BroadcastReaderOptions<T>): BroadcastReader {
    const { partitions, local } = this.#topic(options.topic.name);
    const begun = new Set<number>();
    let isStopped = false;
    const isConnected = (): boolean => !isStopped && (local !== undefined || begun.size === partitions);
    const startAtLatest = async (partition: number): Promise<'latest'> => {
      begun.add(partition);
      if (isConnected()) options.connectionChanged(true);
      return 'latest';
    };
    const reading = this.#read(options.topic, options.handler, local === undefined ? startAtLatest : undefined);
    if (local !== undefined) queueMicrotask(() => options.connectionChanged(true));
    return this.#track({
      isConnected,
      lag: () => reading.lag(),
      async stop() {
        isStopped = true;
        await reading.stop();
      },
    });
  }

  async trim(
    { name, ifLost }: Pick<TopicDefinition<never>, 'name' | 'ifLost'>,
    partition: number,
    beforeOffset: number,
  ): Promise<void> {
    if (ifLost === 'never') await this.#log.trim(name, partition, beforeOffset);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    await this.#queue.drain();
  }

  async #send<T>(topic: TopicDefinition<T>, partition: number, records: readonly OutgoingRecord<T>[]): Promise<number> {
    if (this.#isClosed) throw new TopicError('closed', 'the topics are closed');
    const { partitions, local } = this.#topic(topic.name);
    if (partition < 0 || partition >= partitions) {
      throw new TopicError('unknown-partition', `${topic.name} has no partition ${partition}`);
    }
    if (local !== undefined) {
      const sized = records.map((record) => measureRecord(topic, record));
      return local.append(partition, sized, this.#clock.now());
    }
    const encoded = records.map((record) => encodeRecord(topic, record));
    try {
      return await this.#queue.add(topic.name, partition, encoded);
    } finally {
      for (const wake of this.#wakes.get(topic.name) ?? []) wake(partition);
    }
  }

  #read<T>(
    topic: TopicDefinition<T>,
    handler: RecordHandler<T>,
    startOffset: GroupConsumerOptions<T>['startOffset'] | undefined,
  ): ReadPartitions {
    const { partitions, local } = this.#topic(topic.name);
    const common = { handler, partitions, clock: this.#clock, limits: this.#limits };
    if (local !== undefined) {
      const asked = startOffset === undefined ? {} : { startOffset };
      return readProcessTopic({ ...common, ...asked, source: local, incarnation: this.#incarnation });
    }
    const listen = (wake: Wake): (() => void) => this.#listen(topic.name, wake);
    return readDurableTopic({
      ...common,
      topic,
      listen,
      log: this.#log,
      startOffset: startOffset ?? (async () => 'latest'),
    });
  }

  #listen(name: string, wake: Wake): () => void {
    const wakes = this.#wakes.get(name) ?? new Set();
    this.#wakes.set(name, wakes.add(wake));
    return () => wakes.delete(wake);
  }

  #topic(name: string): OpenTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new TopicError('unknown-topic', `${name} is not set up`);
    return topic;
  }

  #track<C extends { stop(): Promise<void> }>(consumer: C): C {
    this.#consumers.add(consumer);
    return consumer;
  }
}

function encodeRecord<T>(topic: TopicDefinition<T>, { key, value, headers = {} }: OutgoingRecord<T>): EncodedRecord {
  const bytes = topic.codec.encode(value);
  requireRecordSize(topic, bytes.byteLength);
  return { key, headers, bytes };
}

function measureRecord<T>(topic: TopicDefinition<T>, { key, value, headers = {} }: OutgoingRecord<T>): SizedRecord {
  const { codec } = topic;
  const byteLength = codec.sizeOf?.(value) ?? codec.encode(value).byteLength;
  requireRecordSize(topic, byteLength);
  return { key, headers, value, byteLength };
}

function requireRecordSize({ name }: Pick<TopicDefinition<never>, 'name'>, byteLength: number): void {
  if (byteLength <= MAX_RECORD_BYTES) return;
  throw new TopicError('record-too-large', `a record of ${name} has ${byteLength} bytes`);
}
