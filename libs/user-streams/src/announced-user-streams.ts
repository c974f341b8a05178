import type { StoredUserItems, UserStreamTransaction, UserStreamTransactor } from '@plexus/storage';
import { USER_EVENTS, userPartitionOf } from '@plexus/topics';
import type { OutgoingRecord, Producer, UserStreamRecord } from '@plexus/topics';

export interface AnnouncedUserStreamsOptions {
  readonly streams: UserStreamTransactor;
  readonly producer: Pick<Producer, 'send'>;
  /** The deployment's generation, as far as this process knows. */
  readonly generation: () => number;
  /** Told where an announcement did not get through; followers find out by themselves a little later. */
  readonly failed: (error: unknown) => void;
}

/** User streams whose progress is told on `user.events` once it is durable. */
export class AnnouncedUserStreams implements UserStreamTransactor {
  readonly #options: AnnouncedUserStreamsOptions;

  constructor(options: AnnouncedUserStreamsOptions) {
    this.#options = options;
  }

  async transact<T>(
    userIds: readonly string[],
    work: (transaction: UserStreamTransaction) => Promise<T>,
  ): Promise<StoredUserItems<T>> {
    // A generation that begins while this is stored is not that of the positions.
    const generation = this.#options.generation();
    const stored = await this.#options.streams.transact(userIds, work);
    this.announce(stored.positions, generation);
    return stored;
  }

  /**
   * Tells followers where streams stand, for whoever advanced them in a transaction of its own. Nobody waits for it: who dies before it is
   * sent leaves it to the followers' sweep.
   */
  announce(positions: ReadonlyMap<string, number>, generation: number = this.#options.generation()): void {
    const records = [...positions].map(([userId, position]) => ({
      key: userId,
      value: { userId, position, deviceListChanged: false, generation },
    }));
    for (const [partition, own] of Map.groupBy(records, ({ key }) => userPartitionOf(key))) this.#send(partition, own);
  }

  /** As `announce`, of a change of the user's device list. */
  deviceListChanged(userId: string): void {
    const value = { userId, position: 0, deviceListChanged: true, generation: this.#options.generation() };
    this.#send(userPartitionOf(userId), [{ key: userId, value }]);
  }

  #send(partition: number, records: readonly OutgoingRecord<UserStreamRecord>[]): void {
    const { producer, failed } = this.#options;
    producer.send(USER_EVENTS, partition, records).catch(failed);
  }
}
