import { randomUUID } from 'node:crypto';
import type { BroadcastReader, BroadcastReaderOptions, DeliveryLimits, PartitionLag } from '@plexus/topics';
import type { Consumer } from 'kafkajs';
import { consumerConfig, stallMsOf } from './consumer-config.ts';
import { ConsumerSession } from './consumer-session.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { KafkaPartitions } from './kafka-partitions.ts';

/**
 * Reads all partitions as the only member of a group of its own, which the brokers forget with it. The first offsets are asked for
 * before the consumer runs, so that being connected means: nothing from then on is missed.
 */
export class KafkaBroadcastReader<T> implements BroadcastReader {
  readonly #options: BroadcastReaderOptions<T>;
  readonly #partitions: KafkaPartitions<T>;
  readonly #session: ConsumerSession;
  #isConnected = false;
  #stopping: Promise<void> | undefined;
  #gone: Promise<void> | undefined;

  constructor(connection: KafkaConnection, options: BroadcastReaderOptions<T>, limits: DeliveryLimits) {
    const { topic, handler } = options;
    const groupId = connection.nameOf(`reader.${topic.name}.${randomUUID()}`);
    this.#options = options;
    this.#partitions = new KafkaPartitions(connection, topic, handler, limits);
    this.#session = new ConsumerSession({
      createConsumer: () => connection.kafka.consumer({ ...consumerConfig(connection, 'relaxed'), groupId }),
      topic: connection.nameOf(topic.name),
      clock: connection.options.clock,
      stallMs: stallMsOf(connection),
      prepare: () => this.#findEnds(),
      joined: (consumer) => this.#joined(consumer),
      arrived: (payload) => this.#partitions.arrived(payload),
      interrupted: () => this.#partitions.forgetTopic(),
      lost: (error) => {
        this.#setConnected(false);
        handler.failed(error);
      },
    });
  }

  isConnected(): boolean {
    return this.#isConnected;
  }

  lag(): PartitionLag[] {
    return this.#partitions.lag();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#isConnected = false;
    await Promise.all(this.#partitions.all().map((partition) => this.#partitions.close(partition)));
    this.#gone = this.#session.stop();
  }

  /** Resolves when the connections of one that was stopped are closed: a fetch under way may take its time. */
  async gone(): Promise<void> {
    await this.#gone;
  }

  /** Only the first consumer begins at the end of the topic; later ones go on where the one before was. */
  async #findEnds(): Promise<void> {
    if (this.#partitions.all().length > 0) return;
    const incarnation = await this.#partitions.incarnation();
    for (const { partition, latest } of await this.#partitions.offsets()) {
      if (this.#stopping !== undefined) return;
      this.#partitions.open(partition);
      this.#partitions.start(partition, latest, incarnation);
    }
  }

  #joined(consumer: Consumer): void {
    if (this.#stopping !== undefined) return;
    this.#partitions.joined(consumer);
    this.#setConnected(true);
  }

  #setConnected(isConnected: boolean): void {
    if (this.#isConnected === isConnected || this.#stopping !== undefined) return;
    this.#isConnected = isConnected;
    this.#options.connectionChanged(isConnected);
  }
}
