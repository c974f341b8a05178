import type { Clock } from '@plexus/matrix-base';
import { RemoteServerError } from '@plexus/remote-servers';
import { StorageError } from '@plexus/storage';
import type { HostedServers, StoreOutcome } from '@plexus/storage';
import type { Execution } from '../commands/execution.ts';
import { INCOMPLETE, refuse } from '../commands/execution.ts';
import type { Failpoints } from '../failpoints.ts';
import type { RoomMemory } from '../rooms/room-memory.ts';
import { RoomEdit } from '../rooms/room-edit.ts';
import type { OwnedShard } from '../shards/owned-shard.ts';
import type { OwnedShards } from '../shards/owned-shards.ts';
import type { RoomItem } from './room-item.ts';
import { isStashable } from './room-item.ts';
import type { RoomLoader } from './room-loader.ts';
import type { RoomQueue } from './room-queue.ts';
import { RoomQueues } from './room-queues.ts';
import { UnitOfWork } from './unit-of-work.ts';
import type { WriteLimits } from './write-limits.ts';
import { DEFAULT_WRITE_LIMITS } from './write-limits.ts';
import type { WriteObserver } from './write-observer.ts';
import { Halving } from './halving.ts';
import { LoadQueued } from './load-queued.ts';
import { rememberWork } from './remember-work.ts';

/** What the loop does not do itself. */
export interface WriteLoopPorts {
  readonly memory: RoomMemory;
  readonly loader: RoomLoader;
  readonly shards: OwnedShards;
  readonly servers: HostedServers;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  readonly observer: WriteObserver;
  store(work: UnitOfWork): Promise<StoreOutcome>;
  /** A unit of work is committed and in memory; or, where it is empty, nothing was to be stored. Settles its items. */
  committed(work: UnitOfWork): void;
  /** A command was executed before. Settles what it can, and resolves with the items that are to be attempted again. */
  settleRepeated(items: readonly RoomItem[]): Promise<RoomItem[]>;
  /** After this, nothing of a unit of work that failed is stored any more, and the shards say what was. */
  recover(): Promise<void>;
}

interface Attempt {
  readonly edit: RoomEdit;
  readonly execution: Execution;
}

const FAILED = refuse('M_UNKNOWN', 500, 'internal', 'The server failed at this');
const DRAIN_POLL_MS = 5;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Writes rooms. Everything that is ready in any room of any shard goes into one unit of work; while that is being stored, the next one
 * gathers. A room that has to load something waits alone.
 *
 *     queues ──ready──► attempt ──► unit of work ──store──► committed ──► settled
 *       ▲  ▲               │                         │
 *       │  └──load──── missing                       │
 *       └──── fenced, displaced, repeated, rejected, failed
 *
 * Memory changes after the commit only, so that whatever happens before leaves it true. After a failure of unknown outcome `recover`
 * decides the outcome before anything else is attempted.
 */
export class WriteLoop {
  readonly #ports: WriteLoopPorts;
  readonly #limits: WriteLimits;
  readonly #queues = new RoomQueues();
  readonly #halving = new Halving();
  readonly #loading: LoadQueued;
  /** Rooms that wait for a computation. */
  readonly #busy = new Set<RoomQueue>();
  #isAwake = false;
  #isStopped = false;
  #storesProgress = false;
  /** Shards of which it is doubted that their rows are as remembered. */
  #doubted = new Set<number>();
  #storing: UnitOfWork | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #running: Promise<void> = Promise.resolve();

  constructor(ports: WriteLoopPorts, limits: WriteLimits = DEFAULT_WRITE_LIMITS) {
    this.#ports = ports;
    this.#loading = new LoadQueued(ports);
    this.#limits = limits;
  }

  get queues(): Pick<RoomQueues, 'byteLength' | 'itemCount' | 'oldestEnqueuedAt' | 'hasWork'> {
    return this.#queues;
  }

  hasRoomFor(roomId: string): boolean {
    return this.#queues.byteLength < this.#limits.queuedBytes && this.#queues.countOf(roomId) < this.#limits.roomItems;
  }

  /** Whether more may wait for this hosted server. */
  hasShareFor(serverName: string): boolean {
    return this.#queues.bytesOf(serverName) < this.#limits.serverBytes;
  }

  enqueue(item: RoomItem): void {
    this.#queues.add(item);
    this.#loading.loadAhead(item);
    this.wake();
  }

  /** Stores progress of shards that no unit of work has taken along. */
  storeProgress(): void {
    this.#storesProgress = true;
    this.wake();
  }

  /** Stores nothing in a shard: where its row is other than remembered, that fails, and the shard is read anew. */
  lookAgain(shard: number): void {
    this.#doubted.add(shard);
    this.wake();
  }

  /** Goes through what is ready. */
  wake(): void {
    if (this.#isAwake || this.#isStopped) return;
    this.#isAwake = true;
    this.#running = new Promise((resolve) => {
      setImmediate(() => void this.#run().finally(resolve));
    });
  }

  /** Gives up what waits for a shard that is another process's now. */
  dropShard(shard: number): void {
    for (const item of this.#queues.removeShard(shard)) item.settle({ outcome: 'notOwner' });
  }

  /** Resolves when nothing of the shard waits and nothing of it is being stored, however busy the other shards are. */
  async drained(shard: number): Promise<void> {
    while (!this.#isStopped && this.#isBusyWith(shard)) await this.#ports.clock.delay(DRAIN_POLL_MS);
  }

  #isBusyWith(shard: number): boolean {
    return this.#queues.hasWork(shard) || this.#storesProgress || this.#storing?.shards.has(shard) === true;
  }

  /** Resolves when what is being stored is stored; what waits stays where it is. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const work = this.#gather();
      if (work.isEmpty && work.done.length === 0) break;
      this.#storing = work;
      await this.#store(work);
    }
    this.#storing = undefined;
    this.#isAwake = false;
    if (this.#queues.hasReady) this.wake();
  }

  /**
   * One item of each ready room in turn, the rooms of hosted servers by turns, so that neither a hot room nor a busy server holds up the others, until
   * the unit of work is full.
   */
  #gather(): UnitOfWork {
    const work = new UnitOfWork();
    const until = performance.now() + this.#limits.milliseconds;
    const afterwards: RoomQueue[] = [];
    while (!this.#isFull(work) && performance.now() < until) {
      const queue = this.#queues.takeReady();
      if (queue === undefined) break;
      if (this.#attemptFirst(queue, work) === 'afterwards') afterwards.push(queue);
      else this.#queues.makeReady(queue);
    }
    for (const queue of afterwards) this.#queues.makeReady(queue);
    this.#stashBehindBusy(work);
    for (const shard of this.#takeDoubted()) work.touch(shard);
    if (this.#storesProgress) {
      this.#storesProgress = false;
      for (const owned of this.#ports.shards.all()) {
        if (owned.hasUnstoredProgress) work.touch(owned);
        if (owned.hasImpliedReceipts) work.storeImplied(owned);
      }
    }
    return work;
  }

  #takeDoubted(): OwnedShard[] {
    const doubted = [...this.#doubted];
    this.#doubted = new Set();
    return doubted.flatMap((shard) => this.#ports.shards.find(shard) ?? []);
  }

  /** @NOTE A room that computes for long must not hold up the offset of its whole shard. */
  #stashBehindBusy(work: UnitOfWork): void {
    for (const queue of this.#busy) {
      const owned = this.#ports.shards.find(queue.shard);
      if (owned === undefined) continue;
      for (const item of queue.items) if (isStashable(item) && !this.#isFull(work)) work.stash(item, owned);
    }
  }

  #isFull(work: UnitOfWork): boolean {
    if (work.done.length >= this.#halving.limit) return true;
    return work.eventCount >= this.#limits.events || work.byteLength >= this.#limits.bytes;
  }

  /** `afterwards`: not before this unit of work is stored. */
  #attemptFirst(queue: RoomQueue, work: UnitOfWork): 'afterwards' | undefined {
    const item = queue.first;
    const owned = this.#ports.shards.find(queue.shard);
    if (item === undefined) return undefined;
    if (owned === undefined) return void this.dropShard(queue.shard);
    const awaited = this.#loading.awaited(item);
    if (awaited !== undefined) return void this.#waitFor(queue, awaited);
    const inWork = work.rooms.get(queue.roomId);
    if (inWork?.isRemoved === true) return 'afterwards';
    const head = inWork?.head ?? this.#ports.memory.findHead(queue.roomId);
    const isAbsent = queue.isAbsent || item.loaded.isRoomAbsent;
    if (head === undefined && !isAbsent && inWork === undefined) return void this.#load(queue, item);
    const first = this.#editOf(item, { head, before: inWork?.uncommitted, counters: work.countersOf(owned) });
    const { edit, execution } = this.#attempt(item, first);
    if (execution.outcome === 'incomplete') {
      // @NOTE What is loaded must not miss what this unit of work stores, so that is stored first.
      return inWork === undefined ? void this.#load(queue, item, edit) : 'afterwards';
    }
    queue.isAbsent = false;
    work.add(item, edit, { execution, owned });
    this.#queues.removeFirst(queue);
    return undefined;
  }

  #editOf(
    item: RoomItem,
    base: Pick<ConstructorParameters<typeof RoomEdit>[0], 'head' | 'before' | 'counters'>,
  ): RoomEdit {
    const { memory, servers } = this.#ports;
    return new RoomEdit({
      ...base,
      shard: item.shard,
      roomId: item.roomId,
      memory,
      loaded: item.loaded,
      isHosted: (serverName) => servers.isHosted(serverName),
    });
  }

  /** @NOTE An item on which the program itself fails must not stop the others; it is told apart from the rest by its outcome. */
  #attempt(item: RoomItem, edit: RoomEdit): Attempt {
    try {
      const execution = item.attempt(edit);
      return { edit, execution: edit.isIncomplete ? INCOMPLETE : execution };
    } catch (error) {
      const because = describe(error);
      this.#ports.observer.poisoned(item, because);
      const again = edit.restart();
      return { edit: again, execution: item.poison(because) ? item.attempt(again) : FAILED };
    }
  }

  #load(queue: RoomQueue, item: RoomItem, edit?: RoomEdit): void {
    if (edit !== undefined && edit.missing.tasks.size > 0) this.#busy.add(queue);
    const loading = edit === undefined ? this.#loading.loadHead(queue) : this.#loading.loadMissing(queue, item, edit);
    this.#waitFor(
      queue,
      loading.catch((error: unknown) => this.#loadFailed(queue, item, error)),
    );
  }

  #waitFor(queue: RoomQueue, loaded: Promise<void>): void {
    queue.state = 'loading';
    void loaded.then(() => {
      queue.state = 'idle';
      this.#busy.delete(queue);
      if (!this.#queues.isCurrent(queue)) return;
      this.#queues.makeReady(queue);
      this.wake();
    });
  }

  async #loadFailed(queue: RoomQueue, item: RoomItem, error: unknown): Promise<void> {
    this.#ports.observer.failed('load a room', error);
    if (error instanceof StorageError || error instanceof RemoteServerError) return this.#ports.clock.delay(100);
    if (queue.first === item && !item.poison(String(error))) {
      this.#queues.removeFirst(queue);
      item.settle(FAILED);
    }
  }

  async #store(work: UnitOfWork): Promise<void> {
    if (work.isEmpty) return this.#ports.committed(work);
    const began = performance.now();
    const items = work.done.map(({ item }) => item);
    let stored: StoreOutcome;
    try {
      await this.#ports.failpoints.reach('persister.before-store');
      stored = await this.#ports.store(work);
      await this.#ports.failpoints.reach('persister.after-store');
    } catch (error) {
      if (error instanceof StorageError) return this.#retry(items, 'failed', error);
      stored = { outcome: 'rejected', because: describe(error) };
    }
    if (stored.outcome === 'fenced' || stored.outcome === 'displaced')
      return this.#retry(items, stored.outcome, undefined);
    // @NOTE A Postgres that has been replaced may still have answered: what it stored is in no memory, and is done again where it counts.
    if (stored.outcome === 'stored' && !this.#isOwned(work)) return this.#retry(items, 'fenced', undefined);
    if (stored.outcome === 'repeated') return this.#settleRepeated(items);
    if (stored.outcome === 'rejected') return this.#halve(items, stored.because);
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#halving.settled(items.length);
    this.#ports.observer.stored(work, performance.now() - began);
    rememberWork(work, this.#ports.memory);
    this.#ports.committed(work);
    return undefined;
  }

  #isOwned(work: UnitOfWork): boolean {
    return [...work.shards.values()].every(({ owned }) => this.#ports.shards.find(owned.shard) === owned);
  }

  /** Everything goes back to the front of its queue, and nothing is taken for granted any more. */
  #takeBack(items: readonly RoomItem[]): void {
    for (const { roomId, loaded } of items) {
      this.#ports.memory.dropRoom(roomId);
      loaded.clear();
    }
    this.#queues.putBack(items);
    for (const roomId of new Set(items.map((item) => item.roomId)))
      for (const { loaded } of this.#queues.itemsOf(roomId)) loaded.clear();
  }

  async #retry(items: readonly RoomItem[], outcome: 'failed' | 'fenced' | 'displaced', error: unknown): Promise<void> {
    this.#ports.observer.notStored(outcome, error);
    this.#takeBack(items);
    await this.#ports.recover();
    if (outcome !== 'failed') return;
    await this.#ports.clock.delay(this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  async #settleRepeated(items: readonly RoomItem[]): Promise<void> {
    this.#ports.observer.notStored('repeated', undefined);
    try {
      this.#takeBack(await this.#ports.settleRepeated(items));
    } catch (error) {
      await this.#retry(items, 'failed', error);
    }
  }

  /** Half as many at once, until the one that fails is alone. */
  async #halve(items: readonly RoomItem[], because: string): Promise<void> {
    this.#ports.observer.notStored('rejected', because);
    const [only] = items;
    if (items.length > 1) {
      this.#halving.halve(items.length);
      return this.#takeBack(items);
    }
    if (only === undefined) return this.#retry(items, 'failed', new StorageError(because));
    this.#ports.observer.poisoned(only, because);
    if (only.poison(because)) return this.#takeBack([only]);
    this.#halving.settled(1);
    this.#ports.memory.dropRoom(only.roomId);
    // @NOTE Not even a dead letter could be stored of it; it must not hold up the shard's offset.
    if (only.offset !== undefined) this.#ports.shards.find(only.shard)?.inbound.finish([only.offset]);
    return only.settle(FAILED);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
