import type { Appservice } from '@plexus/appservices';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import { RedactionReader, RoomState } from '@plexus/room-view';
import type { RoomPlaces, StateReader } from '@plexus/room-view';
import type { TracedRows } from '@plexus/service-shell';
import type { AppservicesChannels } from '@plexus/rpc';
import type {
  AppserviceAppender,
  AppserviceProjections,
  AppserviceQueueReader,
  AppserviceQueueStates,
  AppserviceQueueTransactor,
  DeviceKeyRepository,
  DeviceListReader,
  HostedServer,
  LocalAliasReader,
  RoomLogPositionReader,
  RoomReader,
  ToDeviceInbox,
  ToDeviceWaitingReader,
} from '@plexus/storage';
import { PRESENCE_EVENTS, ROOM_EPHEMERAL, ROOM_EVENTS, TopicGroup, USER_EVENTS, USER_PARTITIONS } from '@plexus/topics';
import type { RecordHandler, RoomLogRecord, TopicDefinition, Topics, UserStreamRecord } from '@plexus/topics';
import type { FairSlots } from '@plexus/service-shell';
import type { Failpoints } from './failpoints.ts';
import { DistributeDeviceLists } from './interest/distribute-device-lists.ts';
import { DistributeLog } from './interest/distribute-log.ts';
import { DistributePresence } from './interest/distribute-presence.ts';
import { DistributeToDevice } from './interest/distribute-to-device.ts';
import { DistributeTyping } from './interest/distribute-typing.ts';
import { InterestedAppservices } from './interest/interested-appservices.ts';
import { InterestedRooms } from './interest/interested-rooms.ts';
import { JoinedMembers } from './interest/joined-members.ts';
import { RebuildMembers } from './interest/rebuild-members.ts';
import { RecentlySharing } from './interest/recently-sharing.ts';
import { SharingAppservices } from './interest/sharing-appservices.ts';
import { TellOwners } from './out/tell-owners.ts';
import { AppendWriter } from './queues/append-writer.ts';
import { CollectTransaction } from './queues/collect-transaction.ts';
import { CountKeys } from './queues/count-keys.ts';
import { LookAfterQueues } from './queues/look-after-queues.ts';
import { OrderChange } from './queues/order-change.ts';
import type { OwnedShard } from './queues/owned-shard.ts';
import { QueueDepths } from './queues/queue-depths.ts';
import { QueuesOwner } from './queues/queues-owner.ts';
import { RenderEvents } from './queues/render-events.ts';
import { ResolveDeviceLists } from './queues/resolve-device-lists.ts';
import { RunQueue } from './queues/run-queue.ts';
import type { SendingObserver } from './queues/run-queue.ts';
import type { TransactionSender } from './queues/transaction-sender.ts';
import { WakeQueues } from './queues/wake-queues.ts';

/** What delivering to application services needs from outside. */
export interface DeliveryPorts {
  readonly registry: { all(): readonly Appservice[] };
  readonly rooms: RoomReader;
  readonly places: Pick<RoomPlaces, 'find'>;
  readonly states: StateReader;
  readonly log: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly aliases: LocalAliasReader;
  readonly appender: AppserviceAppender;
  readonly projections: AppserviceProjections;
  readonly queues: AppserviceQueueTransactor & AppserviceQueueReader;
  readonly queueStates: Pick<AppserviceQueueStates, 'listBusy'>;
  readonly waiting: ToDeviceWaitingReader;
  readonly inbox: Pick<ToDeviceInbox, 'readMessages' | 'removeMessages'>;
  readonly deviceLists: Pick<DeviceListReader, 'readDeviceListPosition' | 'readDeviceListChanges'>;
  readonly deviceKeys: Pick<DeviceKeyRepository, 'findDeviceKeys' | 'countKeys'>;
  readonly topics: Topics;
  readonly channels: Pick<AppservicesChannels, 'channelTo'>;
  readonly sender: TransactionSender;
  readonly slots: FairSlots;
  readonly tracedRows: Pick<TracedRows, 'latest'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly failpoints: Failpoints;
  readonly observer: DeliveryObserver;
  hostedServers(): readonly Pick<HostedServer, 'serverName'>[];
  isHosted(serverName: string): boolean;
}

export interface DeliveryObserver extends SendingObserver {
  distributed(rows: number, lastEventAt: number | undefined): void;
}

export interface DeliverySettings {
  readonly roomShards: number;
  readonly hasPresence: boolean;
  /** What this process is called among its like. */
  readonly address: string;
  readonly keepSentMs: number;
}

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
  readonly distribute: DistributeLog;
  readonly wake: WakeQueues;
  readonly orders: OrderChange;
  readonly depths: QueueDepths;
  readonly #ports: DeliveryPorts;
  readonly #settings: DeliverySettings;
  readonly #appservices: InterestedAppservices;
  readonly #interestedRooms: InterestedRooms;
  readonly #writer: AppendWriter;
  readonly #owner: QueuesOwner;
  readonly #tellOwners: TellOwners;
  readonly #lookAfter: LookAfterQueues;
  readonly #typing: DistributeTyping;
  readonly #presence: DistributePresence;
  readonly #toDevice: DistributeToDevice;
  readonly #deviceLists: DistributeDeviceLists;
  readonly #rebuild: RebuildMembers;
  readonly #groups: { join(): void; rejoin(): void; stop(): Promise<void> }[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(ports: DeliveryPorts, settings: DeliverySettings) {
    const { rooms, clock, failpoints, observer, queues, appender, isHosted } = ports;
    const { shards } = this;
    const failed = (doing: string, error: unknown): void => observer.failed(doing, error);
    this.#ports = ports;
    this.#settings = settings;
    const appservices = new InterestedAppservices(ports);
    this.#appservices = appservices;
    this.#interestedRooms = new InterestedRooms({ ...ports, appservices, members: appender });
    const joined = new JoinedMembers({ states: ports.states, reader: rooms });
    const sharing = new SharingAppservices({ members: appender, reader: rooms, joined, isHosted });
    const deviceLists = new ResolveDeviceLists({ joined, sharing, members: appender });
    const run = this.#composeQueues(appservices, deviceLists);
    this.wake = new WakeQueues({ shards, run, tellOthers: (ids) => this.#tellOwners.tell(ids) });
    this.orders = new OrderChange({ shards, run });
    this.#tellOwners = new TellOwners({
      owners: queues,
      channels: ports.channels,
      clock,
      tracedRows: ports.tracedRows,
    });
    this.#writer = new AppendWriter({ appender, clock, appended: (ids) => this.wake.wake(ids), failed });
    const { address, keepSentMs } = settings;
    this.#owner = new QueuesOwner({
      transactor: queues,
      reader: queues,
      run,
      shards,
      clock,
      failpoints,
      address,
      failed,
    });
    this.#lookAfter = new LookAfterQueues({
      registered: () => ports.registry.all(),
      transactor: queues,
      reader: queues,
      run,
      shards,
      clock,
      keepSentMs,
    });
    this.depths = new QueueDepths({ states: ports.queueStates, shards, wake: (id) => void this.wake.wakeOwn(id) });
    const isUp = (id: string): boolean => this.depths.isUp(id);
    const writer = this.#writer;
    const common = { appservices, rooms: this.#interestedRooms, writer, clock, isHosted, isUp, failed };
    this.distribute = new DistributeLog({
      ...common,
      reader: rooms,
      log: ports.log,
      appender,
      failpoints,
      distributed: (...what) => observer.distributed(...what),
    });
    this.#typing = new DistributeTyping({ ...common, places: ports.places });
    this.#presence = new DistributePresence({ ...common, sharing: new RecentlySharing({ ...common, sharing }) });
    this.#toDevice = new DistributeToDevice({ ...common, waiting: ports.waiting, inbox: ports.inbox, appender });
    this.#deviceLists = new DistributeDeviceLists({
      ...common,
      changes: ports.deviceLists,
      members: appender,
      sharing,
    });
    this.#rebuild = new RebuildMembers({ projections: ports.projections, log: ports.log, reader: rooms, clock });
  }

  /** Resolves when nothing that happens from now on is left out. */
  async start(): Promise<void> {
    const { hasPresence } = this.#settings;
    await this.distribute.openAll();
    this.#groups.push(
      this.#queueGroup(),
      this.#logGroup(),
      this.#lossyGroup(ROOM_EPHEMERAL, TYPING_GROUP, this.#typing, () => this.#typing.clear()),
    );
    if (hasPresence) this.#groups.push(this.#lossyGroup(PRESENCE_EVENTS, PRESENCE_GROUP, this.#presence));
    for (const group of this.#groups) group.join();
    const { signal } = this.#stopping;
    const { observer } = this.#ports;
    this.#running = Promise.all([
      this.#lookAfter.runUntil(signal, (error) => observer.failed('look after queues', error)),
      this.#every(SWEEP_EVERY_MS, 'look for rows of the room log', () => this.distribute.sweep()),
      this.#every(LOOK_AT_DEPTHS_EVERY_MS, 'look how queues are', () => this.depths.look()),
      this.#every(LOOK_AT_TYPING_EVERY_MS, 'end what is over', () => this.#typing.expire()),
      this.#every(LOOK_AT_DEVICES_EVERY_MS, 'look at devices', () => this.#lookAtDevices()),
      this.#every(LOOK_AT_PROJECTIONS_EVERY_MS, 'take memberships over', () => this.#lookAtProjections()),
    ]);
  }

  /** The deployment is in a new generation: nobody owns any queue, and what is in memory may be lost. Queues are assigned and read anew. */
  leaveGeneration(): void {
    for (const owned of this.shards.values()) this.#owner.fenced(owned);
    this.#groups[0]?.rejoin();
    void this.distribute.sweep().catch((error: unknown) => this.#ports.observer.failed('begin a generation', error));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#groups.map((group) => group.stop()));
    await this.#running;
    await this.#owner.stop();
    await this.#writer.stop();
    await this.#tellOwners.stop();
  }

  #composeQueues(appservices: InterestedAppservices, deviceLists: ResolveDeviceLists): RunQueue {
    const { rooms, states, clock, random, queues, deviceKeys, sender, slots, failpoints, observer } = this.#ports;
    const redactions = new RedactionReader(rooms, states);
    const events = new RenderEvents({
      reader: rooms,
      redactions,
      states: new RoomState(rooms, states, redactions),
      clock,
    });
    const collect = new CollectTransaction({
      reader: queues,
      events,
      keys: new CountKeys(deviceKeys),
      deviceLists,
      clock,
      random,
      hostedServers: () => this.#ports.hostedServers(),
    });
    return new RunQueue({
      appservices,
      collect,
      transactor: queues,
      sender,
      slots,
      clock,
      failpoints,
      observer,
      fenced: (owned) => {
        this.#owner.fenced(owned);
        // Whoever assigns shards is told that this one is not ours.
        this.#groups[0]?.rejoin();
      },
    });
  }

  /** What is missed of the room log is found by its positions. */
  #logGroup(): TopicGroup<RoomLogRecord> {
    return new TopicGroup(this.#groupPorts(), [this.#byRoom(ROOM_EVENTS)], {
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

  #queueGroup(): TopicGroup<UserStreamRecord> {
    return new TopicGroup(this.#groupPorts(), [{ topic: USER_EVENTS, partitions: USER_PARTITIONS }], {
      topic: USER_EVENTS,
      group: QUEUE_GROUP,
      address: this.#settings.address,
      currentOwners: () => this.#ports.queues.listShardOwners(),
      assigned: (partitions) => void this.#owner.take(partitions),
      revoked: (partitions) => this.#owner.giveUp(partitions),
      // Hints that came before are made good by the sweep.
      startOffset: async (partition) => {
        await this.#owner.take([partition]);
        return 'latest';
      },
      handler: this.#toDevice,
    });
  }

  /** What is missed there is gone, and said again by those who still mean it. */
  #lossyGroup<T>(
    topic: TopicDefinition<T>,
    group: string,
    handler: RecordHandler<T>,
    revoked: () => void = () => undefined,
  ): TopicGroup<T> {
    return new TopicGroup<T>(this.#groupPorts(), [this.#byRoom(topic)], {
      topic,
      group,
      address: this.#settings.address,
      currentOwners: async () => new Map(),
      assigned: () => undefined,
      revoked,
      startOffset: async () => 'latest',
      handler,
      isRelaxed: true,
    });
  }

  #byRoom<T>(topic: TopicDefinition<T>): { readonly topic: TopicDefinition<T>; readonly partitions: number } {
    return { topic, partitions: this.#settings.roomShards };
  }

  #groupPorts(): ConstructorParameters<typeof TopicGroup>[0] {
    const { topics, clock, observer } = this.#ports;
    return { topics, clock, failed: (doing, error) => observer.failed(doing, error) };
  }

  async #lookAtDevices(): Promise<void> {
    if (!this.#ownsFirst()) return;
    await this.#deviceLists.execute();
    await this.#toDevice.sweep();
  }

  async #lookAtProjections(): Promise<void> {
    if (!this.#ownsFirst()) return;
    const isChanged = await this.#rebuild.execute(this.#appservices.all(), this.#stopping.signal);
    if (isChanged) this.#interestedRooms.clear();
  }

  #ownsFirst(): boolean {
    const owned = this.shards.get(FIRST_SHARD);
    return owned !== undefined && !owned.isDraining;
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
