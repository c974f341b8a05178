import type { Clock } from '@plexus/matrix-base';
import { FEDERATION_PDUS } from '@plexus/topics';
import type { GroupConsumer, StartOffset, Topics } from '@plexus/topics';
import type { RoomOwnerReader } from '@plexus/storage';
import type { EventPersister } from '../event-persister.ts';
import type { AskSuccessors } from '../out/ask-successors.ts';
import type { TopicKeeper } from './topic-keeper.ts';

export interface InboundGroupPorts {
  readonly topics: Topics;
  readonly clock: Pick<Clock, 'delay'>;
  readonly rooms: Pick<RoomOwnerReader, 'listShardOwners'>;
  readonly keeper: TopicKeeper;
  /** What `room_shards` calls this process. */
  readonly address: string;
  readonly successors: Pick<AskSuccessors, 'take'>;
}

const GROUP = 'event-persister';
/** All members of a group hear of their partitions within so long, unless one of them stands still. */
const ASSIGNED_WITHIN_MS = 3_000;
const LOOK_AGAIN_MS = 250;

/**
 * Takes part in the group of persisters: whoever is given a partition of `federation.pdus` should own the shard of the same number.
 *
 *     join ──assigned──► take the shard ──revoked──► give it up
 *       ▲                     │
 *       └──── leave ◄──── fenced: another process has taken it, and assignment and ownership go on to differ
 *
 * Who leaves for good gives its shards up, asks the others to take them, and only then leaves the group: the others own them at once, and
 * the assignment, which takes longer, follows the owners' table.
 */
export class InboundGroup {
  readonly #persister: EventPersister;
  readonly #ports: InboundGroupPorts;
  #consumer: GroupConsumer | undefined;
  /** Shards that were assigned to this process when another one took them. */
  readonly #fenced = new Set<number>();
  readonly #leaving = new AbortController();
  #changing: Promise<void> = Promise.resolve();

  constructor(persister: EventPersister, ports: InboundGroupPorts) {
    this.#persister = persister;
    this.#ports = ports;
  }

  /** Joins as soon as the topics are there. */
  join(): void {
    this.#changing = this.#changing.then(() => this.#join());
  }

  /**
   * Another process has taken the shard. Nothing is wrong where the group has not assigned it to this one, or is about to assign it to the other,
   * which has heard of it first.
   *
   * @NOTE Leaving makes the group assign anew, and every partition begin at its stored offset; meanwhile none of this process's shards has an owner.
   */
  fenced(shard: number): void {
    if (!this.#isAssigned(shard) || this.#isLeaving) return;
    if (this.#fenced.size === 0) this.#changing = this.#changing.then(() => this.#rejoinWhereFenced());
    this.#fenced.add(shard);
  }

  async stop(): Promise<void> {
    this.#leaving.abort();
    await this.#ports.keeper.stop();
    await this.#changing;
    await this.#consumer?.stop();
  }

  /** Joins anew where the group does not assign what was taken to whoever has it; at once where nobody has it. */
  async #rejoinWhereFenced(): Promise<void> {
    for (let waitedMs = 0; waitedMs < ASSIGNED_WITHIN_MS && (await this.#mayBeAssigned()); waitedMs += LOOK_AGAIN_MS)
      await this.#ports.clock.delay(LOOK_AGAIN_MS, this.#leaving.signal);
    const isAstray = this.#astray().length > 0;
    this.#fenced.clear();
    if (!isAstray || this.#isLeaving) return;
    await this.#consumer?.stop();
    await this.#join();
  }

  /** Whether what is astray has owners, to whom the group may assign it. */
  async #mayBeAssigned(): Promise<boolean> {
    const astray = this.#astray();
    if (astray.length === 0 || this.#isLeaving) return false;
    const { rooms, address } = this.#ports;
    try {
      const owners = await rooms.listShardOwners();
      return astray.every((shard) => (owners.get(shard) ?? address) !== address);
    } catch (error) {
      this.#persister.pdus.failed(error);
      return false;
    }
  }

  /** What was taken, and is assigned to this process all the same. */
  #astray(): number[] {
    const { shards } = this.#persister;
    return [...this.#fenced].filter((shard) => this.#isAssigned(shard) && shards.find(shard) === undefined);
  }

  get #isLeaving(): boolean {
    return this.#leaving.signal.aborted;
  }

  #isAssigned(shard: number): boolean {
    return this.#consumer?.assignedPartitions().includes(shard) === true;
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
