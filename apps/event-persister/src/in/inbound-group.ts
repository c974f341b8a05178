import { FEDERATION_PDUS } from '@plexus/topics';
import type { GroupConsumer, StartOffset, Topics } from '@plexus/topics';
import type { RoomOwnerReader } from '@plexus/storage';
import type { EventPersister } from '../event-persister.ts';
import type { AskSuccessors } from '../out/ask-successors.ts';
import type { TopicKeeper } from './topic-keeper.ts';

export interface InboundGroupPorts {
  readonly topics: Topics;
  readonly rooms: Pick<RoomOwnerReader, 'listShardOwners'>;
  readonly keeper: TopicKeeper;
  /** What `room_shards` calls this process. */
  readonly address: string;
  readonly successors: Pick<AskSuccessors, 'take'>;
}

const GROUP = 'event-persister';

/**
 * Takes part in the group of persisters: whoever is given a partition of `federation.pdus` should own the shard of the same number.
 *
 *     join ──assigned──► take the shard ──revoked──► give it up
 *       ▲                     │
 *       └──── leave ◄──── fenced: another process has taken it, so that assignment and ownership differ
 *
 * Who leaves for good gives its shards up, asks the others to take them, and only then leaves the group: the others own them at once, and
 * the assignment, which takes longer, follows the owners' table.
 */
export class InboundGroup {
  readonly #persister: EventPersister;
  readonly #ports: InboundGroupPorts;
  #consumer: GroupConsumer | undefined;
  #changing: Promise<void> = Promise.resolve();
  #isRejoining = false;
  #isLeaving = false;

  constructor(persister: EventPersister, ports: InboundGroupPorts) {
    this.#persister = persister;
    this.#ports = ports;
  }

  /** Joins as soon as the topics are there. */
  join(): void {
    this.#changing = this.#changing.then(() => this.#join());
  }

  /**
   * Another process has taken the shard. Nothing is wrong where the group has not assigned it to this one.
   *
   * @NOTE Leaving makes the group assign anew, and every partition begin at its stored offset.
   */
  fenced(shard: number): void {
    const isAssigned = this.#consumer?.assignedPartitions().includes(shard) === true;
    if (!isAssigned || this.#isRejoining || this.#isLeaving) return;
    this.#isRejoining = true;
    this.#changing = this.#changing.then(async () => {
      this.#isRejoining = false;
      await this.#consumer?.stop();
      await this.#join();
    });
  }

  async stop(): Promise<void> {
    this.#isLeaving = true;
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
      revoked: (partitions) => this.#giveUp(partitions),
      startOffset: (partition, incarnation) => this.#startOffset(partition, incarnation),
      handler: this.#persister.pdus,
    });
  }

  /** What this process owns without having it assigned goes too, where it leaves. */
  async #giveUp(partitions: readonly number[]): Promise<void> {
    const { successors } = this.#ports;
    await (this.#isLeaving
      ? this.#persister.leave((shards) => successors.take(shards))
      : this.#persister.giveUp(partitions));
  }

  async #startOffset(partition: number, incarnation: string): Promise<StartOffset> {
    await this.#persister.take([partition]);
    return this.#persister.pdus.startOffset(partition, incarnation);
  }
}
