import type { BroadcastReader, BroadcastReaderOptions, GroupConsumer, GroupConsumerOptions } from './consumer.ts';
import type { Producer } from './producer.ts';
import type { TopicDefinition, TopicSetup } from './topic-definition.ts';

/** The topics of a deployment, as one process sees them. */
export interface Topics {
  /**
   * Creates the topics that are missing, and checks the others: throws `TopicError` of kind `partition-count` where one exists with
   * another number of partitions, because then keys would be in other places than before.
   */
  setUp(topics: readonly TopicSetup[]): Promise<void>;

  readonly producer: Producer;

  /** Begins to take part in a group, in the background; goes on by itself after failures until it is stopped. */
  joinGroup<T>(options: GroupConsumerOptions<T>): GroupConsumer;

  /** Begins to read everything, in the background; goes on by itself after failures until it is stopped. */
  readAll<T>(options: BroadcastReaderOptions<T>): BroadcastReader;

  /** Gives up the records before an offset: no consumer needs them any more. */
  trim(topic: Pick<TopicDefinition<never>, 'name' | 'ifLost'>, partition: number, beforeOffset: number): Promise<void>;

  /** Stops all consumers, sends what waits to be sent, and closes the connections. */
  close(): Promise<void>;
}
