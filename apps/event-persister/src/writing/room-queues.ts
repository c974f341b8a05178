import { ReadyRooms } from './ready-rooms.ts';
import type { RoomItem } from './room-item.ts';
import { RoomQueue } from './room-queue.ts';

/** The queues of all rooms that have work, and those that are ready, in turn. */
export class RoomQueues {
  readonly #queues = new Map<string, RoomQueue>();
  readonly #ready = new ReadyRooms();
  /** By hosted server; none where nothing waits. */
  readonly #bytes = new Map<string, number>();
  #byteLength = 0;
  #itemCount = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  get itemCount(): number {
    return this.#itemCount;
  }

  get hasReady(): boolean {
    return !this.#ready.isEmpty;
  }

  /** When the oldest item was enqueued; nothing where none waits. */
  get oldestEnqueuedAt(): number | undefined {
    let oldest: number | undefined;
    for (const { first } of this.#queues.values()) {
      if (first !== undefined && (oldest === undefined || first.enqueuedAt < oldest)) oldest = first.enqueuedAt;
    }
    return oldest;
  }

  /** Bytes of what waits for a hosted server. */
  bytesOf(serverName: string): number {
    return this.#bytes.get(serverName) ?? 0;
  }

  countOf(roomId: string): number {
    return this.#queues.get(roomId)?.items.length ?? 0;
  }

  itemsOf(roomId: string): readonly RoomItem[] {
    return this.#queues.get(roomId)?.items ?? [];
  }

  hasWork(shard: number): boolean {
    for (const queue of this.#queues.values()) if (queue.shard === shard) return true;
    return false;
  }

  add(item: RoomItem): void {
    const queue = this.#queueOf(item);
    queue.items.push(item);
    this.#count(item, 1);
    this.makeReady(queue);
  }

  /** Puts items back to the front of their queues, in their order. */
  putBack(items: readonly RoomItem[]): void {
    for (const item of items.toReversed()) {
      const queue = this.#queueOf(item);
      queue.items.unshift(item);
      this.#count(item, 1);
      this.makeReady(queue);
    }
  }

  /** The next ready queue, which is idle from now on until it is made ready again. */
  takeReady(): RoomQueue | undefined {
    const queue = this.#ready.take();
    if (queue !== undefined) queue.state = 'idle';
    return queue;
  }

  makeReady(queue: RoomQueue): void {
    if (queue.state !== 'idle' || queue.items.length === 0) return;
    queue.state = 'ready';
    this.#ready.add(queue);
  }

  /** Takes the first item away; a queue without items is forgotten. */
  removeFirst(queue: RoomQueue): void {
    const item = queue.items.shift();
    if (item !== undefined) this.#count(item, -1);
    if (queue.items.length === 0) this.#queues.delete(queue.roomId);
  }

  /** Whether the queue is still the one of its room. */
  isCurrent(queue: RoomQueue): boolean {
    return this.#queues.get(queue.roomId) === queue;
  }

  /** Forgets all queues of a shard and returns what waited in them. */
  removeShard(shard: number): RoomItem[] {
    const removed: RoomItem[] = [];
    for (const queue of this.#queues.values()) {
      if (queue.shard !== shard) continue;
      this.#queues.delete(queue.roomId);
      removed.push(...queue.items.splice(0));
    }
    for (const item of removed) this.#count(item, -1);
    return removed;
  }

  #queueOf({ roomId, shard }: RoomItem): RoomQueue {
    let queue = this.#queues.get(roomId);
    if (queue === undefined) {
      queue = new RoomQueue(roomId, shard);
      this.#queues.set(roomId, queue);
    }
    return queue;
  }

  #count({ byteLength, serverName = '' }: RoomItem, sign: 1 | -1): void {
    this.#byteLength += sign * byteLength;
    this.#itemCount += sign;
    const bytes = this.bytesOf(serverName) + sign * byteLength;
    if (bytes > 0) this.#bytes.set(serverName, bytes);
    else this.#bytes.delete(serverName);
  }
}
