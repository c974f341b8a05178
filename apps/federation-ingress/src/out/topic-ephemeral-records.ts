import { PRESENCE_EVENTS, ROOM_EPHEMERAL } from '@plexus/topics';
import type { PresenceRecord, Producer, TopicDefinition } from '@plexus/topics';
import type { EphemeralRecords, Typing } from '../transactions/ephemeral-records.ts';

export interface TopicEphemeralRecordsOptions {
  readonly producer: Pick<Producer, 'send'>;
  shardOf(id: string): number;
  failed(topic: string, error: unknown): void;
}

/** Sends what is not stored to its topics. What a topic does not take is counted, and gone. */
export class TopicEphemeralRecords implements EphemeralRecords {
  readonly #options: TopicEphemeralRecordsOptions;

  constructor(options: TopicEphemeralRecordsOptions) {
    this.#options = options;
  }

  publishTyping({ roomId, userId, timeoutMs }: Typing): void {
    this.#send(ROOM_EPHEMERAL, roomId, { roomId, content: { $case: 'typing', value: { userId, timeoutMs } } });
  }

  publishPresence(presence: PresenceRecord): void {
    this.#send(PRESENCE_EVENTS, presence.userId, presence);
  }

  #send<T>(topic: TopicDefinition<T>, key: string, value: T): void {
    const { producer, shardOf, failed } = this.#options;
    producer.send(topic, shardOf(key), [{ key, value }]).catch((error: unknown) => failed(topic.name, error));
  }
}
