import type {
  BroadcastReader,
  BroadcastReaderOptions,
  DeliveryLimits,
  GroupConsumer,
  GroupConsumerOptions,
  Producer,
  TopicDefinition,
  Topics,
  TopicSetup,
} from '@plexus/topics';
import { DEFAULT_DELIVERY_LIMITS } from '@plexus/topics';
import { describeBrokers } from './describe-brokers.ts';
import type { DescribedBrokers } from './describe-brokers.ts';
import { KafkaBroadcastReader } from './kafka-broadcast-reader.ts';
import { KafkaConnection } from './kafka-connection.ts';
import { KafkaGroupConsumer } from './kafka-group-consumer.ts';
import { KafkaProducer } from './kafka-producer.ts';
import type { KafkaTopicsOptions } from './kafka-settings.ts';
import { setUpTopics } from './set-up-topics.ts';

/** Topics over Kafka, 3.0 or newer. */
export class KafkaTopics implements Topics {
  readonly producer: Producer;
  readonly #connection: KafkaConnection;
  readonly #limits: DeliveryLimits;
  readonly #producer: KafkaProducer;
  readonly #consumers = new Set<Stoppable>();

  constructor(options: KafkaTopicsOptions) {
    this.#connection = new KafkaConnection(options);
    this.#limits = { ...DEFAULT_DELIVERY_LIMITS, ...options.limits };
    this.#producer = new KafkaProducer(this.#connection);
    this.producer = this.#producer;
  }

  async setUp(setups: readonly TopicSetup[]): Promise<void> {
    await setUpTopics(this.#connection, setups);
  }

  joinGroup<T>(options: GroupConsumerOptions<T>): GroupConsumer {
    return this.#track(new KafkaGroupConsumer(this.#connection, options, this.#limits));
  }

  readAll<T>(options: BroadcastReaderOptions<T>): BroadcastReader {
    return this.#track(new KafkaBroadcastReader(this.#connection, options, this.#limits));
  }

  async trim(topic: Pick<TopicDefinition<never>, 'name'>, partition: number, beforeOffset: number): Promise<void> {
    await this.#connection.trim(topic.name, { partition, offset: String(beforeOffset) });
  }

  describe(): Promise<DescribedBrokers> {
    return describeBrokers(this.#connection);
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#consumers].map(async (consumer) => {
        await consumer.stop();
        await consumer.gone();
      }),
    );
    await this.#producer.close();
  }

  #track<C extends Stoppable>(consumer: C): C {
    this.#consumers.add(consumer);
    return consumer;
  }
}

interface Stoppable {
  /** Resolves when nothing is handled any more. */
  stop(): Promise<void>;
  /** Resolves when nothing is left of it. */
  gone(): Promise<void>;
}
