import type { NamedCache } from '@plexus/cache';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { RoomPlaces } from '@plexus/room-view';
import type {
  OutboundPositions,
  OutboundReader,
  OutboundTransactor,
  ResidencyReader,
  RoomLogPositionReader,
  RoomReader,
  UserRoomReader,
} from '@plexus/storage';
import {
  DESTINATION_SHARDS,
  FEDERATION_OUTBOUND,
  PRESENCE_EVENTS,
  ROOM_EPHEMERAL,
  ROOM_EVENTS,
  TopicGroup,
} from '@plexus/topics';
import type { RecordHandler, TopicDefinition, Topics } from '@plexus/topics';
import type { FairSlots } from '@plexus/service-shell';
import type { FederationRules } from './destinations/choose-destinations.ts';
import { DistributeDeviceLists } from './destinations/distribute-device-lists.ts';
import type { DistributeDeviceListsPorts } from './destinations/distribute-device-lists.ts';
import { DistributeLog } from './destinations/distribute-log.ts';
import { DistributePresence } from './destinations/distribute-presence.ts';
import { DistributeTyping } from './destinations/distribute-typing.ts';
import { RedistributeLog } from './destinations/redistribute-log.ts';
import { ResidentServers } from './destinations/resident-servers.ts';
import type { RoomServers } from './destinations/resident-servers.ts';
import { RowDestinations } from './destinations/row-destinations.ts';
import { ServersOfUser } from './destinations/servers-of-user.ts';
import type { Failpoints } from './failpoints.ts';
import { AcceptRecords } from './queues/accept-records.ts';
import { DestinationsOwner } from './queues/destinations-owner.ts';
import { EventBodies } from './queues/event-bodies.ts';
import { LostRows } from './queues/lost-rows.ts';
import { LookAfterQueues } from './queues/look-after-queues.ts';
import { OutboundWriter } from './queues/outbound-writer.ts';
import type { OwnedDestinations } from './queues/owned-destinations.ts';
import { RunQueue } from './queues/run-queue.ts';
import type { SendingObserver, SendingSettings } from './queues/run-queue.ts';
import type { TransactionSender } from './queues/transaction-sender.ts';

/** What sending to other servers needs from outside. */
export interface OutboundPorts extends FederationRules {
  readonly rooms: RoomReader;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration' | 'readGenerationStarts'>;
  readonly places: Pick<RoomPlaces, 'find'>;
  readonly residency: ResidencyReader;
  /** Which other servers are in rooms. */
  readonly joinedHosts: NamedCache<RoomServers>;
  /** The JSON of events. */
  readonly events: NamedCache<Buffer>;
  readonly positions: OutboundPositions;
  readonly userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly deviceLists: Omit<DistributeDeviceListsPorts, 'servers' | 'isHosted'>;
  readonly queues: OutboundReader;
  readonly transactor: OutboundTransactor;
  readonly topics: Topics;
  readonly sender: TransactionSender;
  readonly slots: FairSlots;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly failpoints: Failpoints;
  readonly observer: OutboundObserver;
}

export interface OutboundObserver extends SendingObserver {
  /** So many rows of the room log were gone through, and an event of this time was the last of them; nothing: none. */
  distributed(rows: number, lastEventAt: number | undefined): void;
}

export interface OutboundSettings extends SendingSettings {
  readonly roomShards: number;
  /** Whether others are told who is there. */
  readonly hasPresence: boolean;
  /** What this process is called among its like. */
  readonly address: string;
}

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
  readonly distribute: DistributeLog;
  readonly writer: OutboundWriter;
  readonly #ports: OutboundPorts;
  readonly #settings: OutboundSettings;
  readonly #owner: DestinationsOwner;
  readonly #accept: AcceptRecords;
  readonly #lostRows: LostRows;
  readonly #lookAfter: LookAfterQueues;
  readonly #typing: DistributeTyping;
  readonly #presence: DistributePresence;
  readonly #deviceLists: DistributeDeviceLists;
  readonly #groups: { join(): void; rejoin(): void; stop(): Promise<void> }[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(ports: OutboundPorts, settings: OutboundSettings) {
    const { clock, random, failpoints, observer, sender, slots, isHosted, allows } = ports;
    const failed = (doing: string, error: unknown): void => observer.failed(doing, error);
    const { shards } = this;
    this.#ports = ports;
    this.#settings = settings;
    let followers = 0;
    const newDestinations = (): RowDestinations => {
      const follower = String((followers += 1));
      const residents = new ResidentServers({ reader: ports.residency, cache: ports.joinedHosts, follower, isHosted });
      return new RowDestinations({ residents, isHosted, allows });
    };
    const { producer } = ports.topics;
    const { log, positions } = ports;
    this.distribute = new DistributeLog({
      reader: ports.rooms,
      log,
      positions,
      destinations: newDestinations(),
      producer,
      failpoints,
      distributed: (...what) => observer.distributed(...what),
      failed,
    });
    this.#lostRows = new LostRows(log);
    const redistribution = new RedistributeLog({ reader: ports.rooms, log, positions, newDestinations });
    const { residency, places } = ports;
    const servers = new ServersOfUser(ports);
    this.#presence = new DistributePresence({ servers, producer, clock, isHosted, failed });
    this.#deviceLists = new DistributeDeviceLists({ ...ports.deviceLists, servers, isHosted });
    this.#typing = new DistributeTyping({ places, residency, producer, isHosted, allows, failed });
    this.writer = new OutboundWriter({
      transactor: ports.transactor,
      clock,
      failed,
      fenced: (lost) => {
        this.#owner.fenced(lost);
        this.#groups[0]?.rejoin();
      },
    });
    const run = new RunQueue(
      {
        reader: ports.queues,
        bodies: new EventBodies(ports.rooms, ports.events),
        writer: this.writer,
        sender,
        slots,
        clock,
        random,
        failpoints,
        observer,
      },
      settings,
    );
    const common = { reader: ports.queues, writer: this.writer, run, shards, clock, failed };
    const { transactor } = ports;
    this.#owner = new DestinationsOwner({ ...common, transactor, failpoints, address: settings.address });
    this.#accept = new AcceptRecords({
      ...common,
      redistribute: (shard, seen) => redistribution.execute(shard, seen),
      lostRows: this.#lostRows,
    });
    this.#lookAfter = new LookAfterQueues(common);
  }

  /** Begins to take part, in the background. */
  start(): void {
    const { signal } = this.#stopping;
    this.#groups.push(this.#queueGroup(), this.#logGroup());
    this.#groups.push(this.#lossyGroup(ROOM_EPHEMERAL, TYPING_GROUP, this.#typing));
    if (this.#settings.hasPresence)
      this.#groups.push(this.#lossyGroup(PRESENCE_EVENTS, PRESENCE_GROUP, this.#presence));
    for (const group of this.#groups) group.join();
    this.#running = Promise.all([
      this.#lookAfter.runUntil(signal),
      this.#every(SWEEP_EVERY_MS, 'look for rows of the room log', () => this.distribute.sweep()),
      this.#every(LOOK_AT_DEVICES_EVERY_MS, 'tell whose devices changed', () => this.#tellOfDevices()),
      // Somebody may have deleted it.
      this.#every(LOOK_AT_TOPIC_EVERY_MS, `set up ${FEDERATION_OUTBOUND.name}`, () =>
        this.#ports.topics.setUp([OWN_TOPIC]),
      ),
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
    this.#lostRows.forget();
    this.#owner.fenced([...this.shards.values()]);
    this.#groups[0]?.rejoin();
    void this.distribute.sweep().catch((error: unknown) => this.#ports.observer.failed('begin a generation', error));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#groups.map((group) => group.stop()));
    await this.#running;
    await this.#owner.stop();
    await this.writer.stop();
  }

  #logGroup(): TopicGroup<Parameters<DistributeLog['handle']>[0]['records'][number]['value']> {
    const { roomShards } = this.#settings;
    const setUps = [{ topic: ROOM_EVENTS, partitions: roomShards }, OWN_TOPIC];
    return new TopicGroup(this.#groupPorts(), setUps, {
      topic: ROOM_EVENTS,
      group: LOG_GROUP,
      address: this.#settings.address,
      currentOwners: async () => new Map(),
      assigned: () => undefined,
      revoked: (partitions) => this.distribute.drop(partitions),
      // What was appended before is in Postgres: the sweep, or the first record, has it read.
      startOffset: async (partition) => {
        await this.distribute.take([partition]);
        return 'latest';
      },
      handler: this.distribute,
    });
  }

  /** What is missed there is gone, and said again by those who still mean it. */
  #lossyGroup<T>(topic: TopicDefinition<T>, group: string, handler: RecordHandler<T>): TopicGroup<T> {
    return new TopicGroup<T>(this.#groupPorts(), [{ topic, partitions: this.#settings.roomShards }], {
      topic,
      group,
      address: this.#settings.address,
      currentOwners: async () => new Map(),
      assigned: () => undefined,
      revoked: () => undefined,
      startOffset: async () => 'latest',
      handler,
      isRelaxed: true,
    });
  }

  #queueGroup(): TopicGroup<Parameters<AcceptRecords['handle']>[0]['records'][number]['value']> {
    return new TopicGroup(this.#groupPorts(), [OWN_TOPIC], {
      topic: FEDERATION_OUTBOUND,
      group: QUEUE_GROUP,
      address: this.#settings.address,
      currentOwners: () => this.#ports.queues.listShardOwners(),
      assigned: (partitions) => void this.#owner.take(partitions),
      revoked: (partitions) => this.#owner.giveUp(partitions),
      startOffset: async (partition, incarnation) => {
        await this.#owner.take([partition]);
        return this.#accept.startOffset(partition, incarnation);
      },
      handler: this.#accept,
    });
  }

  #groupPorts(): ConstructorParameters<typeof TopicGroup>[0] {
    const { topics, clock, observer } = this.#ports;
    return { topics, clock, failed: (doing, error) => observer.failed(doing, error) };
  }

  async #tellOfDevices(): Promise<void> {
    const owned = this.shards.get(FIRST_SHARD);
    if (owned !== undefined && !owned.isDraining) await this.#deviceLists.execute();
  }

  async #every(pauseMs: number, doing: string, work: () => Promise<void>): Promise<void> {
    const { clock, observer } = this.#ports;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.delay(pauseMs, signal);
      if (signal.aborted) return;
      try {
        await work();
      } catch (error) {
        observer.failed(doing, error);
      }
    }
  }
}
