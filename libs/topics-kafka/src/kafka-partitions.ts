import type { DeliveryLimits, PartitionLag, RecordHandler, TopicDefinition } from '@plexus/topics';
import { PartitionDelivery } from '@plexus/topics';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { KafkaConnection, PartitionOffsets } from './kafka-connection.ts';
import { fromMessage } from './kafka-messages.ts';

/** What is asked of the brokers about a topic. */
export type TopicLooks = Pick<KafkaConnection, 'fetchIncarnation' | 'fetchOffsets' | 'nameOf' | 'options'>;

/**
 * The partitions of one topic that a consumer reads, over all its lives. Offsets are kept here and never committed to the group: a
 * consumer that has forgotten where it was begins at the oldest record, is told where to go on, and what it brings too early is
 * dropped by its offset.
 */
export class KafkaPartitions<T> {
  readonly #connection: TopicLooks;
  readonly #topic: TopicDefinition<T>;
  readonly #handler: RecordHandler<T>;
  readonly #limits: DeliveryLimits;
  readonly #deliveries = new Map<number, PartitionDelivery<T>>();
  #consumer: Consumer | undefined;
  #incarnation: Promise<string> | undefined;
  #offsets: Promise<PartitionOffsets[]> | undefined;

  constructor(connection: TopicLooks, topic: TopicDefinition<T>, handler: RecordHandler<T>, limits: DeliveryLimits) {
    this.#connection = connection;
    this.#topic = topic;
    this.#handler = handler;
    this.#limits = limits;
  }

  /** In order. */
  all(): number[] {
    return [...this.#deliveries.keys()].toSorted((a, b) => a - b);
  }

  delivery(partition: number): PartitionDelivery<T> | undefined {
    return this.#deliveries.get(partition);
  }

  lag(): PartitionLag[] {
    return [...this.#deliveries.values()].flatMap((delivery) => delivery.lag() ?? []);
  }

  /** The brokers' name for the present making of the topic, as it was last looked at. */
  incarnation(): Promise<string> {
    this.#incarnation ??= this.#connection.fetchIncarnation(this.#topic.name);
    this.#incarnation.catch(() => (this.#incarnation = undefined));
    return this.#incarnation;
  }

  /** Where the partitions begin and end, as it was last looked at. */
  offsets(): Promise<PartitionOffsets[]> {
    this.#offsets ??= this.#connection.fetchOffsets(this.#topic.name);
    this.#offsets.catch(() => (this.#offsets = undefined));
    return this.#offsets;
  }

  /** Takes a partition; nothing of it is fetched before `start`. */
  open(partition: number): PartitionDelivery<T> {
    const delivery = new PartitionDelivery<T>({
      partition,
      handler: this.#handler,
      clock: this.#connection.options.clock,
      limits: this.#limits,
      hasRoom: () => this.#resumeFetching(partition),
    });
    this.#deliveries.set(partition, delivery);
    this.#pauseFetching(partition);
    return delivery;
  }

  start(partition: number, offset: number, incarnation: string): void {
    this.#deliveries.get(partition)?.start(offset, incarnation);
    this.#seek(partition, offset);
    this.#resumeFetching(partition);
  }

  /** Gives up a partition; resolves when its running call has ended. */
  async close(partition: number): Promise<void> {
    const delivery = this.#deliveries.get(partition);
    this.#deliveries.delete(partition);
    await delivery?.stop();
  }

  /** A consumer has these partitions now; it goes on where the one before was. Must be called before its first fetch. */
  joined(consumer: Consumer): void {
    this.#consumer = consumer;
    this.forgetTopic();
    for (const [partition, delivery] of this.#deliveries) {
      if (delivery.nextOffset === undefined || delivery.isFull) this.#pauseFetching(partition);
      if (delivery.nextOffset !== undefined) this.#seek(partition, delivery.nextOffset);
    }
  }

  /** The topic may be another one now: it is looked at again before anything more is taken. */
  forgetTopic(): void {
    this.#incarnation = undefined;
    this.#offsets = undefined;
  }

  /**
   * @NOTE After a join the first batch waits until it is known whether this is still the topic that was read before. A topic that is made
   * anew between two fetches ends neither: only that it is shorter than what was read shows it.
   */
  async arrived({ batch }: Pick<EachBatchPayload, 'batch'>): Promise<void> {
    const known = this.#deliveries.get(batch.partition)?.nextOffset;
    if (known !== undefined && Number(batch.highWatermark) < known) this.forgetTopic();
    const incarnation = await this.incarnation();
    const delivery = this.#deliveries.get(batch.partition);
    if (delivery?.nextOffset === undefined) return;
    if (delivery.incarnation !== incarnation) return this.#beginAnew(delivery, incarnation);
    const highWatermark = Number(batch.highWatermark);
    if (highWatermark < delivery.nextOffset) delivery.reset(Number(batch.firstOffset()), incarnation);
    delivery.push(
      batch.messages.map((message) => fromMessage(this.#topic, message)),
      highWatermark,
    );
    if (delivery.isFull) this.#pauseFetching(batch.partition);
  }

  /** What came of the new topic so far may not be its beginning. */
  #beginAnew(delivery: PartitionDelivery<T>, incarnation: string): void {
    delivery.reset(0, incarnation);
    this.#seek(delivery.partition, 0);
  }

  #seek(partition: number, offset: number): void {
    this.#tell((consumer) => consumer.seek({ ...this.#at(), partition, offset: String(offset) }));
  }

  #pauseFetching(partition: number): void {
    this.#tell((consumer) => consumer.pause([{ ...this.#at(), partitions: [partition] }]));
  }

  #resumeFetching(partition: number): void {
    this.#tell((consumer) => consumer.resume([{ ...this.#at(), partitions: [partition] }]));
  }

  /** @NOTE A consumer that has ended refuses to be told anything; the next one is told everything when it has joined. */
  #tell(order: (consumer: Consumer) => void): void {
    try {
      if (this.#consumer !== undefined) order(this.#consumer);
    } catch {
      this.#consumer = undefined;
    }
  }

  #at(): { topic: string } {
    return { topic: this.#connection.nameOf(this.#topic.name) };
  }
}
