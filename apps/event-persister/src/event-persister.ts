import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { RoomCommandHandler } from '@plexus/rpc';
import { roomShardOf } from '@plexus/storage';
import type { AbandonedImport } from '@plexus/storage';
import { GiveUpImportItem } from './imports/give-up-import-item.ts';
import { RoomImporter } from './imports/room-importer.ts';
import { PduConsumer } from './in/pdu-consumer.ts';
import { RoomCommandEndpoint } from './in/room-command-endpoint.ts';
import type { RoomCommandEndpointPorts } from './in/room-command-endpoint.ts';
import { CatchUp } from './out/catch-up.ts';
import { GapAnnouncer } from './out/gap-announcer.ts';
import { LogPublisher } from './out/log-publisher.ts';
import { MembershipProjector } from './out/membership-projector.ts';
import { ExtremityMerger } from './pdus/extremity-merger.ts';
import { LargeStates } from './pdus/large-states.ts';
import { ReceiptCollector } from './receipts/receipt-collector.ts';
import { DEFAULT_MEMORY_LIMITS, RoomMemory } from './rooms/room-memory.ts';
import type { OwnedShard } from './shards/owned-shard.ts';
import { OwnedShards } from './shards/owned-shards.ts';
import { ShardOwner } from './shards/shard-owner.ts';
import { announceRemovals } from './writing/announce-removals.ts';
import { RoomLoader } from './writing/room-loader.ts';
import { SettleWork } from './writing/settle-work.ts';
import type { RoomItem } from './writing/room-item.ts';
import { DEFAULT_WRITE_LIMITS } from './writing/write-limits.ts';
import { WriteLoop } from './writing/write-loop.ts';
import { ALL_PROTECTIONS } from './persister-ports.ts';
import type { EventPersisterOptions, EventPersisterPorts } from './persister-ports.ts';

const PROGRESS_EVERY_MS = 1_000;
/** So long a shard that is given up waits for Kafka: its next owner publishes what is left, from Postgres. */
const FLUSH_MS = 200;

/** The owner of room shards: everything between its two doors, commands and checked PDUs, and the log that leaves it. */
export class EventPersister {
  readonly handler: RoomCommandHandler;
  readonly shards = new OwnedShards();
  readonly loop: WriteLoop;
  readonly publisher: LogPublisher;
  readonly projector: MembershipProjector;
  /** Takes the records of `federation.pdus`. */
  readonly pdus: PduConsumer;
  readonly #ports: EventPersisterPorts;
  readonly #options: EventPersisterOptions;
  readonly #memory: RoomMemory;
  readonly #imports: RoomImporter;
  readonly #catchUp: CatchUp;
  readonly #stopping = new AbortController();
  #owner: ShardOwner | undefined;
  #isLeaving = false;
  #hasOwned = false;

  constructor(ports: EventPersisterPorts, options: EventPersisterOptions) {
    const { clock, failpoints, observer, rooms } = ports;
    const { commandIds: remembersCommands } = options.protections ?? ALL_PROTECTIONS;
    this.#ports = ports;
    this.#options = options;
    this.#memory = new RoomMemory(options.memoryLimits ?? DEFAULT_MEMORY_LIMITS);
    const loader = new RoomLoader(ports, this.#memory);
    const shardOf = (roomId: string): number => roomShardOf(roomId, options.roomShards);
    this.publisher = new LogPublisher({
      ...ports,
      failed: (error) => observer.failed('publish the room log', error),
    });
    this.projector = new MembershipProjector({
      ...ports,
      failed: (error) => observer.failed('project memberships', error),
    });
    const enqueue = (item: RoomItem): void => this.loop.enqueue(item);
    const resolver = new LargeStates({ ...ports, enqueue }, options.stateLimits);
    this.#imports = new RoomImporter({
      ...ports,
      resolver,
      enqueue,
      isOurs: (shard) => this.shards.find(shard)?.isDraining === false,
      versionOf: (shard) => this.shards.versionOf(shard),
    });
    const context = { ...ports, resolver, keys: ports.servers };
    const merger = new ExtremityMerger({ context, enqueue });
    const settleWork = new SettleWork({
      publisher: this.publisher,
      projector: this.projector,
      rooms,
      shards: this.shards,
      clock,
      failpoints,
      remembersCommands,
      failed: (doing, error) => observer.failed(doing, error),
    });
    const store = announceRemovals((work) => ports.transactor.store(work), ports.roomPlaces);
    this.loop = new WriteLoop(
      {
        ...ports,
        memory: this.#memory,
        loader,
        shards: this.shards,
        store: (work) => store(work.toWork()),
        committed: (work) => {
          this.pdus.committed(work);
          merger.committed(work);
          settleWork.committed(work);
          ports.search.committed(work);
          ports.members.committed(work);
        },
        settleRepeated: (items) => settleWork.repeated(items),
        recover: async () => this.#owner?.recover(),
      },
      options.writeLimits ?? DEFAULT_WRITE_LIMITS,
    );
    this.pdus = this.#composeConsumer(resolver, shardOf);
    this.#catchUp = new CatchUp({ ...ports, loader, memory: this.#memory }, this.projector);
    this.handler = this.#composeEndpoint({ context, enqueue, shardOf, remembersCommands });
  }

  /** The join event of a room that is on its way here from another server. */
  findArrival(roomId: string): string | undefined {
    return this.#imports.findArrival(roomId);
  }

  /** Gives up an import, unless somebody has come back to it; what it left behind is cleared away later. */
  giveUpImport(abandoned: AbandonedImport): void {
    const isUnderWay = (roomId: string): boolean => this.#imports.isUnderWay(roomId);
    this.loop.enqueue(new GiveUpImportItem(abandoned, { now: this.#ports.clock.now(), isUnderWay }));
  }

  /** Has a shard read anew, if its row is other than remembered. */
  lookAgain(shard: number): void {
    this.loop.lookAgain(shard);
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Begins to own shards under the address at which `handler` is reached; `fenced` is told when another process has taken one. */
  start(address: string, fenced: (shard: number) => void = () => undefined): void {
    const { transactor, rooms, clock, failpoints, observer, commitsLost } = this.#ports;
    this.#owner = new ShardOwner({
      commitsLost,
      transactor,
      rooms,
      shards: this.shards,
      clock,
      failpoints,
      address,
      life: {
        begin: (owned) => this.#begin(owned),
        drain: (owned) => this.#drain(owned),
        end: (shard, because) => {
          this.#end(shard);
          if (because === 'fenced') fenced(shard);
        },
      },
      failed: (doing, error) => observer.failed(doing, error),
    });
    void this.#storeProgressNowAndThen();
    void this.pdus.sweepGaps(this.#stopping.signal);
  }

  /** Takes these shards over, from whoever owns them. */
  async take(shards: readonly number[]): Promise<void> {
    await this.#owner?.take(shards);
  }

  /**
   * Takes what is free of these shards before the group of persisters has assigned them to anybody; who gets them assigned takes them from it.
   *
   * @NOTE Only what is free: another process may have taken them since they were said to be.
   */
  async takeFree(shards: readonly number[]): Promise<void> {
    if (this.#isLeaving) throw new Error('this process leaves too');
    const owners = await this.#ports.rooms.listShardOwners();
    await this.take(shards.filter((shard) => !owners.has(shard)));
  }

  /** Finishes what is under way in these shards, and gives them up. */
  async giveUp(shards: readonly number[]): Promise<void> {
    await this.#owner?.giveUp(shards);
  }

  /** The deployment is in a new generation: what was taken before is given up, and assigned and read anew. */
  leaveGeneration(): void {
    this.#owner?.leaveGeneration();
  }

  /** Gives up all shards, one as soon as it is done; each wave of them is `handed` over before the next. */
  async leave(handed: (shards: readonly number[]) => Promise<void>): Promise<void> {
    this.#isLeaving = true;
    const free: number[] = [];
    const pending = new Map<number, Promise<void>>();
    for (const { shard } of this.shards.all()) {
      pending.set(
        shard,
        this.giveUp([shard]).then(() => void free.push(shard)),
      );
    }
    while (pending.size > 0) {
      await Promise.race(pending.values());
      const wave = free.splice(0);
      for (const shard of wave) pending.delete(shard);
      await handed(wave);
    }
  }

  async stop(): Promise<void> {
    await this.#owner?.stop();
    this.#stopping.abort();
    await this.loop.stop();
    this.projector.stop();
    await this.#ports.search.stop();
    await this.#ports.members.stop();
    await this.#ports.transactor.close();
  }

  /** Whether it has owned a shard at any time. */
  get hasOwned(): boolean {
    return this.#hasOwned;
  }

  #composeConsumer(resolver: LargeStates, shardOf: (roomId: string) => number): PduConsumer {
    const { observer } = this.#ports;
    const { inboundOffsets } = this.#options.protections ?? ALL_PROTECTIONS;
    const failed = (doing: string, error: unknown): void => observer.failed(doing, error);
    return new PduConsumer(
      {
        ...this.#ports,
        resolver,
        shards: this.shards,
        loop: this.loop,
        shardOf,
        gaps: new GapAnnouncer({ ...this.#ports, failed }),
        findArrival: (roomId) => this.#imports.findArrival(roomId),
        received: (receipt) => observer.pduReceived(receipt),
        dropped: (place, because) => observer.pduGivenUp(place, because),
        failed,
      },
      inboundOffsets,
    );
  }

  #composeEndpoint({
    context,
    enqueue,
    ...rest
  }: Pick<RoomCommandEndpointPorts, 'context' | 'shardOf' | 'remembersCommands'> & {
    enqueue(item: RoomItem): void;
  }): RoomCommandHandler {
    const { projection, failpoints, observer } = this.#ports;
    const findJoinedCount = (roomId: string): number | undefined => this.#memory.findHead(roomId)?.joinedCount;
    return new RoomCommandEndpoint({
      ...rest,
      context,
      shards: this.shards,
      loop: this.loop,
      receipts: new ReceiptCollector({ context, enqueue, findJoinedCount }),
      imports: this.#imports,
      projection,
      failpoints,
      settled: (outcome, command) => observer.commandSettled(outcome, command),
      dropped: (place, because) => observer.pduGivenUp(place, because),
      isLeaving: () => this.#isLeaving,
      takeFree: (shards) => this.takeFree(shards),
    });
  }

  #begin(owned: OwnedShard): void {
    this.#hasOwned = true;
    this.#memory.forgetShard(owned.shard);
    this.publisher.begin(owned);
    this.#ports.search.begin(owned);
    this.#ports.members.begin(owned);
    this.pdus.begin(owned.shard);
    const isOurs = (): boolean => this.shards.find(owned.shard) === owned;
    void this.#catchUp.run(owned, isOurs);
    void this.#catchUp.readReceipts(owned, isOurs);
    this.#ports.observer.shardsOwned(this.shards.size);
  }

  /** What does not end in time is answered "not mine", or done again by whoever takes the shard. */
  async #drain(owned: OwnedShard): Promise<void> {
    const tooLate = this.#ports.clock.delay(this.#options.drainMs ?? 5_000);
    await Promise.race([tooLate, this.loop.drained(owned.shard)]);
    await Promise.race([this.#ports.clock.delay(FLUSH_MS), this.publisher.flushed(owned.shard)]);
    this.loop.storeProgress();
    await Promise.race([tooLate, this.loop.drained(owned.shard)]);
  }

  #end(shard: number): void {
    this.loop.dropShard(shard);
    this.#memory.dropShard(shard);
    this.publisher.end(shard);
    this.#ports.search.end(shard);
    this.#ports.members.end(shard);
    this.pdus.end(shard);
    this.#ports.observer.shardsOwned(this.shards.size);
  }

  async #storeProgressNowAndThen(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pauseBetweenLooks(PROGRESS_EVERY_MS, this.#ports.clock, signal);
      const isDue = [...this.shards.all()].some((owned) => owned.hasUnstoredProgress || owned.hasImpliedReceipts);
      if (isDue) this.loop.storeProgress();
    }
  }
}
