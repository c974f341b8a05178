import type { Failpoints } from '../failpoints.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import type { RoomMemory } from '../rooms/room-memory.ts';
import type { OwnedShards } from '../shards/owned-shards.ts';
import type { RoomItem } from './room-item.ts';
import type { RoomLoader } from './room-loader.ts';
import type { RoomQueue } from './room-queue.ts';
import type { WriteObserver } from './write-observer.ts';

export interface LoadQueuedPorts {
  readonly memory: RoomMemory;
  readonly loader: RoomLoader;
  readonly shards: OwnedShards;
  readonly failpoints: Failpoints;
  readonly observer: Pick<WriteObserver, 'failed'>;
}

/** Of so many items that wait in a room it is found out at once whether what they bring is stored. */
const LOADED_AHEAD = 200;

/** Loads what the first item of a room's queue lacks. What was read before the shard's memory was dropped is of the past, and forgotten. */
export class LoadQueued {
  readonly #ports: LoadQueuedPorts;
  /** What is being read before its turn. */
  readonly #ahead = new Map<RoomItem, Promise<void>>();

  constructor(ports: LoadQueuedPorts) {
    this.#ports = ports;
  }

  /** The room itself, where it is not in memory. */
  async loadHead(queue: RoomQueue): Promise<void> {
    const { memory, loader, shards, failpoints } = this.#ports;
    await failpoints.reach('persister.loading');
    const version = shards.versionOf(queue.shard);
    const head = await loader.loadHead(queue.roomId);
    if (version !== shards.versionOf(queue.shard)) return;
    if (head === undefined) queue.isAbsent = true;
    else memory.keepHead(head);
  }

  /**
   * Finds out whether the events of a piece of an import are stored, while others are being stored. Where that fails, its attempt asks again.
   */
  loadAhead(item: RoomItem): void {
    const { place, eventIds = [] } = item;
    if (place === undefined || eventIds.length === 0) return;
    const loading = this.#ports.loader
      .loadAhead(place, [item])
      .catch((error: unknown) => this.#ports.observer.failed('load ahead', error))
      .finally(() => this.#ahead.delete(item));
    this.#ahead.set(item, loading);
  }

  /**
   * What an item has to wait for before its attempt, if there is anything. What was read before its turn and memory may not be ahead of any more is
   * forgotten: the attempt asks for it anew.
   */
  awaited(item: RoomItem): Promise<void> | undefined {
    const { aheadSince } = item.loaded;
    if (aheadSince !== undefined && !this.#ports.memory.hasAllSince(aheadSince)) item.loaded.forgetEvents();
    return this.#ahead.get(item);
  }

  /**
   * What an attempt found missing.
   *
   * @NOTE Whoever brings an event asks first whether it is there: asked one after the other, each would wait for the one before to be stored.
   */
  async loadMissing(queue: RoomQueue, { shard, roomId, loaded, place }: RoomItem, edit: RoomEdit): Promise<void> {
    const { shards, loader, memory } = this.#ports;
    const version = shards.versionOf(shard);
    const room = edit.head ?? place;
    const ahead = room === undefined || edit.missing.eventIds.size === 0 ? [] : queue.items.slice(1, LOADED_AHEAD);
    await Promise.all([
      loader.load({ roomId, room }, edit.missing, loaded),
      ...(room === undefined ? [] : [loader.loadAhead(room, ahead)]),
    ]);
    if (version !== shards.versionOf(shard)) return;
    for (const serverName of edit.missing.servers) {
      memory.keepJoined(roomId, serverName, loaded.joinedCounts.get(serverName) ?? 0);
    }
  }
}
