import type {
  DeliveryLimits,
  GroupConsumer,
  GroupConsumerOptions,
  PartitionDelivery,
  PartitionLag,
} from '@plexus/topics';
import { tellRevoked } from '@plexus/topics';
import type { Consumer } from 'kafkajs';
import { consumerConfig, stallMsOf } from './consumer-config.ts';
import { ConsumerSession } from './consumer-session.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { KafkaPartitions } from './kafka-partitions.ts';
import { createStickyAssigner } from './sticky-assigner.ts';

/** A member of a group. What it was assigned stays its own until another assignment says otherwise, whatever the connection does. */
export class KafkaGroupConsumer<T> implements GroupConsumer {
  readonly #connection: KafkaConnection;
  readonly #options: GroupConsumerOptions<T>;
  readonly #limits: DeliveryLimits;
  readonly #partitions: KafkaPartitions<T>;
  readonly #session: ConsumerSession;
  readonly #stopped = new AbortController();
  #stopping: Promise<void> | undefined;
  #gone: Promise<void> | undefined;

  constructor(connection: KafkaConnection, options: GroupConsumerOptions<T>, limits: DeliveryLimits) {
    const { topic, group, address, handler } = options;
    const { clock } = connection.options;
    const failed = (error: unknown): void => handler.failed(error);
    const currentOwners = () => options.currentOwners();
    const partitionAssigners = [createStickyAssigner({ address, currentOwners, clock, failed })];
    const pace = options.isRelaxed === true ? 'relaxed' : 'prompt';
    const config = { ...consumerConfig(connection, pace), groupId: connection.nameOf(group), partitionAssigners };
    this.#connection = connection;
    this.#options = options;
    this.#limits = limits;
    this.#partitions = new KafkaPartitions(connection, topic, handler, limits);
    this.#session = new ConsumerSession({
      createConsumer: () => connection.kafka.consumer(config),
      topic: connection.nameOf(topic.name),
      clock,
      stallMs: stallMsOf(connection),
      prepare: async () => undefined,
      joined: (consumer, partitions) => this.#joined(consumer, partitions),
      arrived: (payload) => this.#partitions.arrived(payload),
      interrupted: () => this.#partitions.forgetTopic(),
      lost: failed,
    });
  }

  assignedPartitions(): number[] {
    return this.#partitions.all();
  }

  pause(partition: number): void {
    this.#partitions.delivery(partition)?.pause();
  }

  resume(partition: number): void {
    this.#partitions.delivery(partition)?.resume();
  }

  lag(): PartitionLag[] {
    return this.#partitions.lag();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** @NOTE The member stays in the group, silent, until its work has ended: so nobody is assigned its partitions before. */
  async #stop(): Promise<void> {
    this.#stopped.abort();
    const partitions = this.#partitions.all();
    await Promise.all(partitions.map((partition) => this.#partitions.close(partition)));
    await tellRevoked(this.#options, partitions);
    this.#gone = this.#session.stop();
    if (this.#options.isRelaxed !== true) await this.#gone;
  }

  /** Resolves when one that was stopped has left the group. */
  async gone(): Promise<void> {
    await this.#gone;
  }

  #joined(consumer: Consumer, partitions: readonly number[]): void {
    if (this.#stopping !== undefined) return;
    const before = this.#partitions.all();
    const revoked = before.filter((partition) => !partitions.includes(partition));
    const assigned = partitions.filter((partition) => !before.includes(partition)).toSorted((a, b) => a - b);
    for (const partition of revoked) void this.#partitions.close(partition);
    this.#partitions.joined(consumer);
    if (revoked.length > 0) void tellRevoked(this.#options, revoked);
    if (assigned.length === 0) return;
    const opened = assigned.map((partition) => this.#partitions.open(partition));
    this.#options.assigned(assigned);
    for (const delivery of opened) void this.#start(delivery);
  }

  /** Asks the caller where to begin, until it answers or the partition is another member's. */
  async #start(delivery: PartitionDelivery<T>): Promise<void> {
    const { partition } = delivery;
    const { clock } = this.#connection.options;
    let retryMs = this.#limits.firstRetryMs;
    while (!delivery.isStopped) {
      try {
        const incarnation = await this.#partitions.incarnation();
        const offset = await this.#findStart(partition, incarnation);
        if (!delivery.isStopped) this.#partitions.start(partition, offset, incarnation);
        return;
      } catch (error) {
        this.#options.handler.failed(error, partition);
        await clock.delay(retryMs, this.#stopped.signal);
        retryMs = Math.min(retryMs * 2, this.#limits.lastRetryMs);
      }
    }
  }

  async #findStart(partition: number, incarnation: string): Promise<number> {
    const wanted = await this.#options.startOffset(partition, incarnation);
    if (typeof wanted === 'number') return wanted;
    const offsets = await this.#partitions.offsets();
    return offsets.find((own) => own.partition === partition)?.[wanted] ?? 0;
  }
}
