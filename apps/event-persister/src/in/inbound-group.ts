import type { Clock } from '@plexus/matrix-base';
import { FEDERATION_PDUS, ROOM_EVENTS } from '@plexus/topics';
import type { GroupConsumer, StartOffset, Topics } from '@plexus/topics';
import type { RoomOwnerReader } from '@plexus/storage';
import type { EventPersister } from '../event-persister.ts';

export interface InboundGroupPorts {
  readonly topics: Topics;
  readonly rooms: Pick<RoomOwnerReader, 'listShardOwners'>;
  readonly clock: Clock;
  readonly roomShards: number;
  /** What `room_shards` calls this process. */
  readonly address: string;
  failed(doing: string, error: unknown): void;
}

const GROUP = 'event-persister';
const RETRY_MS = 500;

/**
 * Takes part in the group of persisters: whoever is given a partition of `federation.pdus` should own the shard of the same number.
 *
 *     join ──assigned──► take the shard ──revoked──► give it up
 *       ▲                     │
 *       └──── leave ◄──── fenced: another process has taken it, so that assignment and ownership differ
 */
export class InboundGroup {
  readonly #persister: EventPersister;
  readonly #ports: InboundGroupPorts;
  readonly #stopping = new AbortController();
  #consumer: GroupConsumer | undefined;
  #changing: Promise<void> = Promise.resolve();
  #isRejoining = false;

  constructor(persister: EventPersister, ports: InboundGroupPorts) {
    this.#persister = persister;
    this.#ports = ports;
  }

  /** Joins as soon as the topics are there. */
  join(): void {
    this.#changing = this.#changing.then(() => this.#join());
  }

  /** @NOTE Leaving makes the group assign anew, and every partition begin at its stored offset. */
  rejoin(): void {
    if (this.#isRejoining) return;
    this.#isRejoining = true;
    this.#changing = this.#changing.then(async () => {
      this.#isRejoining = false;
      await this.#consumer?.stop();
      await this.#join();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#changing;
    await this.#consumer?.stop();
  }

  async #join(): Promise<void> {
    const { topics, rooms, address } = this.#ports;
    if (!(await this.#setUp())) return;
    this.#consumer = topics.joinGroup({
      topic: FEDERATION_PDUS,
      group: GROUP,
      address,
      currentOwners: () => rooms.listShardOwners(),
      assigned: (partitions) => void this.#persister.take(partitions),
      revoked: (partitions) => this.#persister.giveUp(partitions),
      startOffset: (partition, incarnation) => this.#startOffset(partition, incarnation),
      handler: this.#persister.pdus,
    });
  }

  async #startOffset(partition: number, incarnation: string): Promise<StartOffset> {
    await this.#persister.take([partition]);
    return this.#persister.pdus.startOffset(partition, incarnation);
  }

  /** False where this process stops first. */
  async #setUp(): Promise<boolean> {
    const { topics, roomShards, clock, failed } = this.#ports;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await topics.setUp([ROOM_EVENTS, FEDERATION_PDUS].map((topic) => ({ topic, partitions: roomShards })));
        return true;
      } catch (error) {
        failed('set up the topics', error);
        await clock.delay(RETRY_MS, signal);
      }
    }
    return false;
  }
}
