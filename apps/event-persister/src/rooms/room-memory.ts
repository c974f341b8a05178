import type { StateNode } from '@plexus/room-dag';
import { LRUCache } from 'lru-cache';
import type { KnownEvent } from './known-event.ts';
import { sizeOfKnownEvent } from './known-event.ts';
import type { RoomHead } from './room-head.ts';
import { StateMemo } from './state-memo.ts';

export interface RoomMemoryLimits {
  readonly rooms: number;
  readonly nodes: number;
  readonly eventBytes: number;
}

export const DEFAULT_MEMORY_LIMITS: RoomMemoryLimits = { rooms: 10_000, nodes: 50_000, eventBytes: 64 * 1024 * 1024 };

interface KeptEvent {
  readonly known: KnownEvent;
  readonly keptAt: number;
}

interface KeptRedactions {
  readonly redactionIds: readonly string[];
  readonly keptAt: number;
}

interface Room {
  head: RoomHead;
  memo: StateMemo;
  /** How many users of a server are joined, of servers that were asked about. */
  readonly joined: Map<string, number>;
}

/** A room may have users of thousands of servers; those that join it are few at a time. */
const JOINED_SERVERS = 50;

/** Of so many events that redactions name it is known that they do. */
const REDACTED_EVENTS = 10_000;
/** Of so many events without a place it is known that accepted ones follow them. */
const FOLLOWED_EVENTS = 10_000;
const NO_REDACTIONS: readonly string[] = [];

/** Shards are fewer than this; numbers stay below 2^53 for 2^43 events or nodes of a shard. */
const SHARDS = 1024;

/**
 * What the owner remembers of committed rooms, bounded. Heads change and are dropped when the outcome of a commit is not known;
 * events and nodes never change.
 *
 * @NOTE A number of an event or node that was not committed is given out again, so nothing enters before its commit.
 */
export class RoomMemory {
  readonly #rooms: LRUCache<string, Room>;
  readonly #nodes: LRUCache<number, StateNode>;
  readonly #events: LRUCache<number, KeptEvent>;
  readonly #eventNids = new Map<string, number>();
  /** Of late: who loaded what was stored before may have done so before them. */
  readonly #redactions = new LRUCache<string, KeptRedactions>({
    max: REDACTED_EVENTS,
    dispose: (kept, _key, reason) => this.#disposed(kept, reason),
  });
  /** Counts whatever is kept of events and redactions. */
  #keptAt = 0;
  /** Of what was kept up to here some is gone. */
  #forgottenUpTo = 0;
  readonly #followed = new LRUCache<string, true>({ max: FOLLOWED_EVENTS });

  constructor(limits: RoomMemoryLimits = DEFAULT_MEMORY_LIMITS) {
    this.#rooms = new LRUCache({ max: limits.rooms });
    this.#nodes = new LRUCache({ max: limits.nodes });
    this.#events = new LRUCache({
      maxSize: limits.eventBytes,
      sizeCalculation: ({ known }) => sizeOfKnownEvent(known),
      dispose: (kept, _key, reason) => {
        this.#eventNids.delete(kept.known.event.eventId);
        this.#disposed(kept, reason);
      },
    });
  }

  /** Now, for `hasAllSince`. */
  get mark(): number {
    return this.#keptAt;
  }

  /**
   * Whether all of events and redactions is still here that was kept after a mark. Then memory, asked first, is never behind what was read from the
   * database since the mark, whatever was committed after the reading.
   */
  hasAllSince(mark: number): boolean {
    return this.#forgottenUpTo <= mark;
  }

  findHead(roomId: string): RoomHead | undefined {
    return this.#rooms.get(roomId)?.head;
  }

  findMemo(roomId: string): StateMemo | undefined {
    return this.#rooms.get(roomId)?.memo;
  }

  findNode(shard: number, nodeNid: number): StateNode | undefined {
    return this.#nodes.get(nodeNid * SHARDS + shard);
  }

  findEvent(shard: number, eventNid: number): KnownEvent | undefined {
    return this.#events.get(eventNid * SHARDS + shard)?.known;
  }

  /** Nothing for an event of another room: its number may be given to another event in this shard. */
  findEventById(shard: number, roomId: string, eventId: string): KnownEvent | undefined {
    const eventNid = this.#eventNids.get(eventId);
    const known = eventNid === undefined ? undefined : this.findEvent(shard, eventNid);
    return known?.event.eventId === eventId && known.event.roomId === roomId ? known : undefined;
  }

  /** Ids of redactions that were stored of late and name this event. */
  findRedactions(roomId: string, eventId: string): readonly string[] {
    return this.#redactions.get(`${roomId} ${eventId}`)?.redactionIds ?? NO_REDACTIONS;
  }

  keepRedactions(roomId: string, redacts: string, redactionIds: readonly string[]): void {
    const all = [...this.findRedactions(roomId, redacts), ...redactionIds];
    this.#redactions.set(`${roomId} ${redacts}`, { redactionIds: all, keptAt: this.#next() });
  }

  /** Whether an event without a place is known to be followed, of late. */
  isFollowed(roomId: string, eventId: string): boolean {
    return this.#followed.has(`${roomId} ${eventId}`);
  }

  keepFollowed(roomId: string, eventId: string): void {
    this.#followed.set(`${roomId} ${eventId}`, true);
  }

  keepHead(head: RoomHead): void {
    this.#rooms.set(head.roomId, { head, memo: new StateMemo(head.currentRoot), joined: new Map() });
  }

  /** How many users of a server are joined to a room. */
  findJoined(roomId: string, serverName: string): number | undefined {
    return this.#rooms.get(roomId)?.joined.get(serverName);
  }

  /** What was read of a room whose head is in memory, and that nothing is being stored of. */
  keepJoined(roomId: string, serverName: string, count: number): void {
    const joined = this.#rooms.get(roomId)?.joined;
    if (joined === undefined) return;
    if (joined.size >= JOINED_SERVERS) joined.clear();
    joined.set(serverName, count);
  }

  /** A commit has changed how many users of servers are joined. */
  changeJoined(roomId: string, deltas: Iterable<readonly [serverName: string, delta: number]>): void {
    const joined = this.#rooms.get(roomId)?.joined;
    if (joined === undefined) return;
    for (const [serverName, delta] of deltas) {
      const known = joined.get(serverName);
      if (known !== undefined) joined.set(serverName, known + delta);
    }
  }

  /** A room's head after a commit that changed these keys of its state. */
  replaceHead(head: RoomHead, changed: readonly { readonly type: string; readonly stateKey: string }[]): void {
    const room = this.#rooms.get(head.roomId);
    if (room === undefined) return this.keepHead(head);
    room.head = head;
    if (room.memo.root !== head.currentRoot) room.memo = room.memo.after(head.currentRoot, changed);
    return undefined;
  }

  keepNode(shard: number, nodeNid: number, node: StateNode): void {
    this.#nodes.set(nodeNid * SHARDS + shard, node);
  }

  keepEvent(shard: number, known: KnownEvent): void {
    const key = known.eventNid * SHARDS + shard;
    const keptAt = this.#next();
    this.#events.set(key, { known, keptAt });
    // @NOTE What is larger than all of memory is not taken.
    if (!this.#events.has(key)) this.#forgottenUpTo = keptAt;
    this.#eventNids.set(known.event.eventId, known.eventNid);
  }

  /** Forgets events that are gone, or have lost their places. */
  dropEvents(shard: number, eventNids: Iterable<number>): void {
    for (const eventNid of eventNids) this.#events.delete(eventNid * SHARDS + shard);
  }

  dropRoom(roomId: string): void {
    this.#rooms.delete(roomId);
  }

  /** Forgets a room that is gone with all its events: it may come again, and then has others of the same ids. */
  forgetRoom(roomId: string): void {
    this.dropRoom(roomId);
    for (const [key, { known }] of this.#events.entries()) if (known.event.roomId === roomId) this.#events.delete(key);
  }

  /** Forgets the heads of a shard: another process may have written, or the outcome of a commit is unknown. */
  dropShard(shard: number): void {
    for (const [roomId, { head }] of this.#rooms.entries()) if (head.shard === shard) this.#rooms.delete(roomId);
  }

  /** Forgets everything of a shard that was another process's meanwhile: rooms may have gone, and come again. */
  forgetShard(shard: number): void {
    this.dropShard(shard);
    for (const key of this.#events.keys()) if (key % SHARDS === shard) this.#events.delete(key);
  }

  #next(): number {
    this.#keptAt += 1;
    return this.#keptAt;
  }

  /** @NOTE What is deleted was changed in the database: whatever was read of it before is of the past. */
  #disposed({ keptAt }: { readonly keptAt: number }, reason: LRUCache.DisposeReason): void {
    if (reason === 'delete') this.#forgottenUpTo = this.#next();
    else if (reason !== 'set') this.#forgottenUpTo = Math.max(this.#forgottenUpTo, keptAt);
  }
}
