import { ROOM_EPHEMERAL } from '@plexus/topics';
import type { Producer, TopicDefinition } from '@plexus/topics';
import type { EphemeralPublisher, Typing } from '../ephemeral/ephemeral-publisher.ts';

export interface TopicEphemeralPublisherOptions {
  readonly producer: Producer;
  shardOf(id: string): number;
  failed(topic: string, error: unknown): void;
}

/** Sends what is not stored to its topics. What a topic does not take is counted, and gone. */
export class TopicEphemeralPublisher implements EphemeralPublisher {
  readonly #options: TopicEphemeralPublisherOptions;

  constructor(options: TopicEphemeralPublisherOptions) {
    this.#options = options;
  }

  publishTyping({ roomId, userId, timeoutMs }: Typing): void {
    this.#send(ROOM_EPHEMERAL, roomId, { roomId, content: { $case: 'typing', value: { userId, timeoutMs } } });
  }

  #send<T>(topic: TopicDefinition<T>, key: string, value: T): void {
    const { producer, shardOf, failed } = this.#options;
    producer.send(topic, shardOf(key), [{ key, value }]).catch((error: unknown) => failed(topic.name, error));
  }
}
