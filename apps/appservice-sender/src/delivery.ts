import { distributionGroup } from '@plexus/room-log';
import type { DistributeLog } from '@plexus/room-log';
import { repeatEvery } from '@plexus/service-shell';
import { lossyGroup, PRESENCE_EVENTS, ROOM_EPHEMERAL, TopicGroup, USER_EVENTS, USER_PARTITIONS } from '@plexus/topics';
import type { TopicGroupPorts, UserStreamRecord } from '@plexus/topics';
import { composeInterest } from './compose-interest.ts';
import type { InterestParts } from './compose-interest.ts';
import { composeQueues } from './compose-queues.ts';
import type { Interest, QueueParts } from './compose-queues.ts';
import type { DeliveryPorts, DeliverySettings } from './delivery-ports.ts';
import { InterestedAppservices } from './interest/interested-appservices.ts';
import { JoinedMembers } from './interest/joined-members.ts';
import { SharingAppservices } from './interest/sharing-appservices.ts';
import type { OrderChange } from './queues/order-change.ts';
import type { OwnedShard } from './queues/owned-shard.ts';
import type { QueueDepths } from './queues/queue-depths.ts';
import type { WakeQueues } from './queues/wake-queues.ts';

const LOG_GROUP = 'appservice-sender';
const TYPING_GROUP = 'appservice-sender-typing';
const PRESENCE_GROUP = 'appservice-sender-presence';
const QUEUE_GROUP = 'appservice-sender-queues';
const SWEEP_EVERY_MS = 2_000;
/** Hints that there is something new may be lost: then it is found by looking. */
const LOOK_AT_DEPTHS_EVERY_MS = 2_000;
const LOOK_AT_DEVICES_EVERY_MS = 1_000;
const LOOK_AT_TYPING_EVERY_MS = 1_000;
const LOOK_AT_PROJECTIONS_EVERY_MS = 1_000;
/** Whoever owns this shard of queues looks after what is of no shard. */
const FIRST_SHARD = 0;

/**
 * Everything between what happens and application services: what interests them is put into their queues, by whoever follows a shard of the room
 * log or the streams of users; the owner of a shard of queues sends what is in them. Shards of queues are assigned with the partitions of
 * `user.events`.
 */
export class Delivery {
  readonly shards = new Map<number, OwnedShard>();
  readonly #ports: DeliveryPorts;
  readonly #settings: DeliverySettings;
  readonly #known: Interest;
  readonly #queues: QueueParts;
  readonly #interest: InterestParts;
  readonly #groups: { join(): void; rejoin(): void; stop(): Promise<void> }[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(ports: DeliveryPorts, settings: DeliverySettings) {
    this.#ports = ports;
    this.#settings = settings;
    const { rooms: reader, states, appender: members, isHosted } = ports;
    const joined = new JoinedMembers({ states, reader });
    const sharing = new SharingAppservices({ members, reader, joined, isHosted });
    this.#known = { appservices: new InterestedAppservices(ports), joined, sharing };
    // Whoever assigns shards is told that one is not ours any more.
    const lost = (): void => this.#groups[0]?.rejoin();
    this.#queues = composeQueues(ports, settings, { interest: this.#known, shards: this.shards, lost });
    this.#interest = composeInterest(ports, this.#known, {
      appended: (ids) => this.wake.wake(ids),
      isUp: (id) => this.depths.isUp(id),
    });
  }

  get distribute(): DistributeLog {
    return this.#interest.distribute;
  }

  get wake(): WakeQueues {
    return this.#queues.wake;
  }

  get orders(): OrderChange {
    return this.#queues.orders;
  }

  get depths(): QueueDepths {
    return this.#queues.depths;
  }

  /** Resolves when nothing that happens from now on is left out. */
  async start(): Promise<void> {
    await this.distribute.openAll();
    this.#joinGroups();
    const { lookAfter, depths } = this.#queues;
    const { typing } = this.#interest;
    const { observer } = this.#ports;
    this.#running = Promise.all([
      lookAfter.runUntil(this.#stopping.signal, (error) => observer.failed('look after queues', error)),
      this.#every(SWEEP_EVERY_MS, 'look for rows of the room log', () => this.distribute.sweep()),
      this.#every(LOOK_AT_DEPTHS_EVERY_MS, 'look how queues are', () => depths.look()),
      this.#every(LOOK_AT_TYPING_EVERY_MS, 'end what is over', () => typing.expire()),
      this.#every(LOOK_AT_DEVICES_EVERY_MS, 'look at devices', () => this.#lookAtDevices()),
      this.#every(LOOK_AT_PROJECTIONS_EVERY_MS, 'take memberships over', () => this.#lookAtProjections()),
    ]);
  }

  /** The deployment is in a new generation: nobody owns any queue, and what is in memory may be lost. Queues are assigned and read anew. */
  leaveGeneration(): void {
    for (const owned of this.shards.values()) this.#queues.owner.fenced(owned);
    this.#groups[0]?.rejoin();
    void this.distribute.sweep().catch((error: unknown) => this.#ports.observer.failed('begin a generation', error));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#groups.map((group) => group.stop()));
    await this.#running;
    await this.#queues.owner.stop();
    await this.#interest.writer.stop();
    await this.#queues.tellOwners.stop();
  }

  #joinGroups(): void {
    const { topics, clock, observer } = this.#ports;
    const { address, roomShards, hasPresence } = this.#settings;
    const { typing, presence } = this.#interest;
    const ports: TopicGroupPorts = { topics, clock, failed: (doing, error) => observer.failed(doing, error) };
    const common = { address, partitions: roomShards };
    const revoked = (): void => typing.clear();
    this.#groups.push(
      this.#queueGroup(ports),
      distributionGroup(ports, this.distribute, { group: LOG_GROUP, address, roomShards }),
      lossyGroup(ports, { ...common, topic: ROOM_EPHEMERAL, group: TYPING_GROUP, handler: typing, revoked }),
    );
    if (hasPresence) {
      const reading = { ...common, topic: PRESENCE_EVENTS, group: PRESENCE_GROUP, handler: presence };
      this.#groups.push(lossyGroup(ports, reading));
    }
    for (const group of this.#groups) group.join();
  }

  #queueGroup(ports: TopicGroupPorts): TopicGroup<UserStreamRecord> {
    const { owner } = this.#queues;
    return new TopicGroup(ports, [{ topic: USER_EVENTS, partitions: USER_PARTITIONS }], {
      topic: USER_EVENTS,
      group: QUEUE_GROUP,
      address: this.#settings.address,
      currentOwners: () => this.#ports.queues.listShardOwners(),
      assigned: (partitions) => void owner.take(partitions),
      revoked: (partitions) => owner.giveUp(partitions),
      // Hints that came before are made good by the sweep.
      startOffset: async (partition) => {
        await owner.take([partition]);
        return 'latest';
      },
      handler: this.#interest.toDevice,
    });
  }

  async #lookAtDevices(): Promise<void> {
    if (!this.#ownsFirst()) return;
    await this.#interest.deviceLists.execute();
    await this.#interest.toDevice.sweep();
  }

  async #lookAtProjections(): Promise<void> {
    if (!this.#ownsFirst()) return;
    const { rebuild, rooms } = this.#interest;
    const isChanged = await rebuild.execute(this.#known.appservices.all(), this.#stopping.signal);
    if (isChanged) rooms.clear();
  }

  #ownsFirst(): boolean {
    const owned = this.shards.get(FIRST_SHARD);
    return owned !== undefined && !owned.isDraining;
  }

  #every(pauseMs: number, doing: string, work: () => Promise<void>): Promise<void> {
    const { clock, observer } = this.#ports;
    const failed = (error: unknown): void => observer.failed(doing, error);
    return repeatEvery(pauseMs, work, { clock, signal: this.#stopping.signal, failed });
  }
}
