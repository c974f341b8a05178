import { distributionGroup } from '@plexus/room-log';
import type { DistributeLog } from '@plexus/room-log';
import { repeatEvery } from '@plexus/service-shell';
import {
  DESTINATION_SHARDS,
  FEDERATION_OUTBOUND,
  lossyGroup,
  PRESENCE_EVENTS,
  ROOM_EPHEMERAL,
  TopicGroup,
} from '@plexus/topics';
import type { FederationOutboundRecord, TopicGroupPorts } from '@plexus/topics';
import { composeDestinations } from './compose-destinations.ts';
import type { DestinationParts } from './compose-destinations.ts';
import { composeQueues } from './compose-queues.ts';
import type { QueueParts } from './compose-queues.ts';
import type { OutboundPorts, OutboundSettings } from './outbound-ports.ts';
import { LOOK_EVERY_MS } from './remote-rooms/fetch-contents.ts';
import type { OwnedDestinations } from './queues/owned-destinations.ts';

/** What is in memory. */
export interface OutboundDepth {
  readonly queues: number;
  readonly busy: number;
  readonly events: number;
  readonly edus: number;
  readonly oldestAgeMs: number;
  /** Transactions that wait for their turn. */
  readonly waitingTurns: number;
}

const LOG_GROUP = 'federation-sender';
const TYPING_GROUP = 'federation-sender-typing';
const PRESENCE_GROUP = 'federation-sender-presence';
const QUEUE_GROUP = 'federation-sender-queues';
const SWEEP_EVERY_MS = 2_000;
const LOOK_AT_DEVICES_EVERY_MS = 1_000;
const LOOK_AT_CONTENTS_EVERY_MS = LOOK_EVERY_MS;
const LOOK_AT_TOPIC_EVERY_MS = 5_000;
const OWN_TOPIC = { topic: FEDERATION_OUTBOUND, partitions: DESTINATION_SHARDS };
/** Whoever owns this shard of destinations looks after what is of no shard. */
const FIRST_SHARD = 0;

/**
 * Everything between the room log and other servers: destinations are chosen once per event and written per shard of destinations; the
 * owner of a shard has one queue per hosted server and destination.
 */
export class Outbound {
  readonly shards = new Map<number, OwnedDestinations>();
  readonly #ports: OutboundPorts;
  readonly #settings: OutboundSettings;
  readonly #destinations: DestinationParts;
  readonly #queues: QueueParts;
  readonly #groups: { join(): void; rejoin(): void; stop(): Promise<void> }[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(ports: OutboundPorts, settings: OutboundSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#destinations = composeDestinations(ports);
    const { redistribute } = this.#destinations;
    const lost = (): void => this.#groups[0]?.rejoin();
    this.#queues = composeQueues(ports, settings, { shards: this.shards, redistribute, lost });
  }

  get distribute(): DistributeLog {
    return this.#destinations.distribute;
  }

  /** Begins to take part, in the background. */
  start(): void {
    this.#joinGroups();
    const { topics } = this.#ports;
    this.#running = Promise.all([
      this.#queues.lookAfter.runUntil(this.#stopping.signal),
      this.#every(SWEEP_EVERY_MS, 'look for rows of the room log', () => this.distribute.sweep()),
      this.#every(LOOK_AT_DEVICES_EVERY_MS, 'tell whose devices changed', () => this.#tellOfDevices()),
      this.#every(LOOK_AT_CONTENTS_EVERY_MS, 'ask for contents', () => this.#fetchContents()),
      // Somebody may have deleted it.
      this.#every(LOOK_AT_TOPIC_EVERY_MS, `set up ${FEDERATION_OUTBOUND.name}`, () => topics.setUp([OWN_TOPIC])),
    ]);
  }

  /** What is in memory now. */
  depth(now: number): OutboundDepth {
    const depth = {
      queues: 0,
      busy: 0,
      events: 0,
      edus: 0,
      oldestAgeMs: 0,
      waitingTurns: this.#ports.slots.size.waiting,
    };
    for (const { queues, records } of this.shards.values()) {
      depth.queues += queues.size;
      for (const queue of queues.values()) {
        depth.events += queue.events.length + (queue.open?.events.length ?? 0);
        depth.edus += queue.lossyCount;
        if (!queue.isIdle) depth.busy += 1;
      }
      const { oldest } = records;
      if (oldest !== undefined) depth.oldestAgeMs = Math.max(depth.oldestAgeMs, now - oldest.acceptedAt);
    }
    return depth;
  }

  /** The deployment is in a new generation: nobody owns any queue, and what is in memory may be lost. Queues are assigned and read anew. */
  leaveGeneration(): void {
    const { lostRows, owner } = this.#queues;
    lostRows.forget();
    owner.fenced([...this.shards.values()]);
    this.#groups[0]?.rejoin();
    void this.distribute.sweep().catch((error: unknown) => this.#ports.observer.failed('begin a generation', error));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#groups.map((group) => group.stop()));
    await this.#running;
    await this.#queues.owner.stop();
    await this.#queues.writer.stop();
  }

  #joinGroups(): void {
    const { topics, clock, observer } = this.#ports;
    const { address, roomShards, hasPresence } = this.#settings;
    const { typing, presence } = this.#destinations;
    const ports: TopicGroupPorts = { topics, clock, failed: (doing, error) => observer.failed(doing, error) };
    const common = { address, partitions: roomShards };
    const distributing = { group: LOG_GROUP, address, roomShards, besides: [OWN_TOPIC] };
    this.#groups.push(
      this.#queueGroup(ports),
      distributionGroup(ports, this.distribute, distributing),
      lossyGroup(ports, { ...common, topic: ROOM_EPHEMERAL, group: TYPING_GROUP, handler: typing }),
    );
    if (hasPresence) {
      const reading = { ...common, topic: PRESENCE_EVENTS, group: PRESENCE_GROUP, handler: presence };
      this.#groups.push(lossyGroup(ports, reading));
    }
    for (const group of this.#groups) group.join();
  }

  #queueGroup(ports: TopicGroupPorts): TopicGroup<FederationOutboundRecord> {
    const { owner, accept } = this.#queues;
    return new TopicGroup(ports, [OWN_TOPIC], {
      topic: FEDERATION_OUTBOUND,
      group: QUEUE_GROUP,
      address: this.#settings.address,
      currentOwners: () => this.#ports.queues.listShardOwners(),
      assigned: (partitions) => void owner.take(partitions),
      revoked: (partitions) => owner.giveUp(partitions),
      startOffset: async (partition, incarnation) => {
        await owner.take([partition]);
        return accept.startOffset(partition, incarnation);
      },
      handler: accept,
    });
  }

  async #tellOfDevices(): Promise<void> {
    if (this.#ownsFirstShard) await this.#destinations.deviceLists.execute();
  }

  async #fetchContents(): Promise<void> {
    if (this.#ownsFirstShard) await this.#ports.contents.execute();
  }

  get #ownsFirstShard(): boolean {
    return this.shards.get(FIRST_SHARD)?.isDraining === false;
  }

  #every(pauseMs: number, doing: string, work: () => Promise<void>): Promise<void> {
    const { clock, observer } = this.#ports;
    const failed = (error: unknown): void => observer.failed(doing, error);
    return repeatEvery(pauseMs, work, { clock, signal: this.#stopping.signal, failed });
  }
}
