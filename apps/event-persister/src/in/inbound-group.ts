import { FEDERATION_PDUS } from '@plexus/topics';
import type { GroupConsumer, StartOffset, Topics } from '@plexus/topics';
import type { RoomOwnerReader } from '@plexus/storage';
import type { EventPersister } from '../event-persister.ts';
import type { TopicKeeper } from './topic-keeper.ts';

export interface InboundGroupPorts {
  readonly topics: Topics;
  readonly rooms: Pick<RoomOwnerReader, 'listShardOwners'>;
  readonly keeper: TopicKeeper;
  /** What `room_shards` calls this process. */
  readonly address: string;
}

const GROUP = 'event-persister';

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
    await this.#ports.keeper.stop();
    await this.#changing;
    await this.#consumer?.stop();
  }

  async #join(): Promise<void> {
    const { topics, rooms, address, keeper } = this.#ports;
    if (!(await keeper.ready())) return;
    keeper.start();
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
}
