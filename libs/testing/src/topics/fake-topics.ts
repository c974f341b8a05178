import type {
  BroadcastReader,
  BroadcastReaderOptions,
  DeliveryLimits,
  GroupConsumer,
  GroupConsumerOptions,
  PartitionLag,
  PartitionSource,
  Producer,
  TopicDefinition,
  Topics,
  TopicSetup,
} from '@plexus/topics';
import { DEFAULT_DELIVERY_LIMITS, PartitionPull, tellRevoked, TopicError } from '@plexus/topics';
import type { FakeTopicBroker } from './fake-topic-broker.ts';

/** One process's view of a `FakeTopicBroker`. */
export class FakeTopics implements Topics {
  readonly producer: Producer;
  readonly #broker: FakeTopicBroker;
  readonly #limits: DeliveryLimits;
  readonly #consumers = new Set<{ stop(): Promise<void> }>();
  #isClosed = false;

  constructor(broker: FakeTopicBroker, limits: Partial<DeliveryLimits> = {}) {
    this.#broker = broker;
    this.#limits = { ...DEFAULT_DELIVERY_LIMITS, ...limits };
    this.producer = {
      send: async (topic, partition, records) => {
        if (this.#isClosed) throw new TopicError('closed', 'the topics are closed');
        return this.#broker.append(topic, partition, records);
      },
      depth: () => [],
    };
  }

  async setUp(topics: readonly TopicSetup[]): Promise<void> {
    for (const topic of topics) this.#broker.create(topic);
  }

  joinGroup<T>(options: GroupConsumerOptions<T>): GroupConsumer {
    const pulls = this.#openPulls(options.topic);
    const group = this.#broker.group(options.group, options.topic.name);
    const member = {
      address: options.address,
      currentOwners: () => options.currentOwners(),
      assign: (partitions: readonly number[]) => {
        const revoked = pulls.keep(partitions);
        if (revoked.length > 0) void tellRevoked(options, revoked);
        const assigned = partitions.filter((partition) => !pulls.has(partition));
        if (assigned.length > 0) options.assigned(assigned);
        for (const partition of assigned) pulls.open(partition, options);
      },
    };
    group.join(member);
    return this.#track({
      assignedPartitions: () => pulls.partitions(),
      pause: (partition) => pulls.delivery(partition)?.pause(),
      resume: (partition) => pulls.delivery(partition)?.resume(),
      lag: () => pulls.lag(),
      async stop() {
        const partitions = pulls.partitions();
        await pulls.close();
        await tellRevoked(options, partitions);
        group.leave(member);
      },
    });
  }

  readAll<T>(options: BroadcastReaderOptions<T>): BroadcastReader {
    const pulls = this.#openPulls(options.topic);
    let isConnected = true;
    for (const partition of this.#broker.partitionsOf(options.topic.name)) {
      const { latest } = this.#broker.edges(options.topic.name, partition);
      pulls.open(partition, { handler: options.handler, startOffset: async () => latest });
    }
    options.connectionChanged(true);
    return this.#track({
      isConnected: () => isConnected,
      lag: () => pulls.lag(),
      async stop() {
        isConnected = false;
        await pulls.close();
      },
    });
  }

  async trim(topic: Pick<TopicDefinition<never>, 'name'>, partition: number, beforeOffset: number): Promise<void> {
    this.#broker.trim(topic.name, partition, beforeOffset);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
  }

  #track<C extends { stop(): Promise<void> }>(consumer: C): C {
    let stopping: Promise<void> | undefined;
    const tracked = { ...consumer, stop: () => (stopping ??= consumer.stop()) };
    this.#consumers.add(tracked);
    return tracked;
  }

  #openPulls<T>(topic: TopicDefinition<T>): Pulls<T> {
    return openPulls(this.#broker, topic, this.#limits);
  }
}

type Start<T> = Pick<GroupConsumerOptions<T>, 'handler' | 'startOffset'>;
type Pulls<T> = ReturnType<typeof openPulls<T>>;

function openPulls<T>(broker: FakeTopicBroker, topic: TopicDefinition<T>, limits: DeliveryLimits) {
  const { clock } = broker;
  const pulls = new Map<number, PartitionPull<T>>();
  const source: PartitionSource<T> = {
    readEdges: async (partition) => broker.edges(topic.name, partition),
    readRecords: async (partition, from) => broker.read(topic, partition, from),
  };
  const endWatch = broker.watch((name, partition) => {
    if (name === topic.name) pulls.get(partition)?.wake();
  });
  return {
    has: (partition: number): boolean => pulls.has(partition),
    partitions: (): number[] => [...pulls.keys()].toSorted((a, b) => a - b),
    delivery: (partition: number) => pulls.get(partition)?.delivery,
    lag: (): PartitionLag[] => [...pulls.values()].flatMap(({ delivery }) => delivery.lag() ?? []),
    open(partition: number, start: Start<T>): void {
      const { handler } = start;
      const startOffset: Start<T>['startOffset'] = (own, incarnation) => start.startOffset(own, incarnation);
      pulls.set(partition, new PartitionPull({ partition, source, startOffset, handler, clock, limits }));
    },
    /** Ends all others, and says which they were. */
    keep(partitions: readonly number[]): number[] {
      const ended = [...pulls].filter(([partition]) => !partitions.includes(partition));
      for (const [partition, pull] of ended) {
        pulls.delete(partition);
        void pull.stop();
      }
      return ended.map(([partition]) => partition);
    },
    async close(): Promise<void> {
      endWatch();
      await Promise.all([...pulls.values()].map((pull) => pull.stop()));
      pulls.clear();
    },
  };
}
