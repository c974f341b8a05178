import { TopicError } from '@plexus/topics';
import type { KafkaConnection } from './kafka-connection.ts';

/** Which broker leads which partition, as far as was asked. What is out of date costs a detour, nothing else. */
export class PartitionLeaders {
  readonly #connection: KafkaConnection;
  readonly #leaders = new Map<string, ReadonlyMap<number, number>>();
  readonly #asking = new Map<string, Promise<ReadonlyMap<number, number>>>();

  constructor(connection: KafkaConnection) {
    this.#connection = connection;
  }

  known(topic: string, partition: number): number | undefined {
    return this.#leaders.get(topic)?.get(partition);
  }

  forget(topic: string): void {
    this.#leaders.delete(topic);
  }

  /** Throws `TopicError` where there is no such topic or partition. */
  async locate(topic: string, partition: number): Promise<void> {
    const asking = this.#asking.get(topic) ?? this.#ask(topic);
    this.#asking.set(topic, asking);
    const leaders = await asking;
    if (!leaders.has(partition)) throw new TopicError('unknown-partition', `${topic} has no partition ${partition}`);
  }

  async #ask(topic: string): Promise<ReadonlyMap<number, number>> {
    try {
      const found = await this.#connection.findTopic(topic);
      if (found === undefined) throw new TopicError('unknown-topic', `there is no topic ${topic}`);
      const leaders = new Map(found.partitions.map(({ partitionId, leader }) => [partitionId, leader]));
      this.#leaders.set(topic, leaders);
      return leaders;
    } finally {
      this.#asking.delete(topic);
    }
  }
}
