import type { ChangeCounter } from './change-counter.ts';

/** Who types in a room. */
export interface TypingUsers {
  readonly userIds: readonly string[];
  /** Of the last change of who types. */
  readonly changedAt: number;
}

interface TypingRoom {
  /** Until when, in milliseconds since the epoch. */
  readonly until: Map<string, number>;
  /** When each user last began or stopped; of the user who did so last it comes last. */
  readonly changes: Map<string, number>;
  changedAt: number;
  /** When the last user stopped. */
  quietSince: number;
}

/** So long a room is remembered in which nobody types any more, for those who have to be told. */
const QUIET_MS = 10 * 60_000;
const MAX_ROOMS = 100_000;
const MAX_USERS = 50;
/** So many changes are remembered in their order, and half as many at least. */
const MAX_CHANGES = 20_000;
/** Of so many users of a room it is known when they began or stopped. */
const MAX_CHANGES_OF_ROOM = 200;
const NOBODY: ReadonlySet<string> = new Set();

/**
 * Who types where, in all rooms of the deployment, as far as this process was told since it began. Users stop by themselves when their time
 * is over.
 *
 *     nobody --start--> typing --stop, timeout, leave--> quiet --10 minutes--> nobody
 *                         ^------------start---------------|
 */
export class TypingRooms {
  readonly #counter: ChangeCounter;
  readonly #changed: (roomId: string) => void;
  /** The room that changed first comes first. */
  readonly #rooms = new Map<string, TypingRoom>();
  /** The last changes, in their order. */
  #changes: { readonly roomId: string; readonly changedAt: number }[] = [];
  /** Every change after this one is in `#changes`. */
  #changesFrom = 0;

  /** `changed` is told of each room in which the users who type are others than before. */
  constructor(counter: ChangeCounter, changed: (roomId: string) => void) {
    this.#counter = counter;
    this.#changed = changed;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** A user types for so long from now on. */
  start(roomId: string, userId: string, { now, timeoutMs }: { now: number; timeoutMs: number }): void {
    const room = this.#rooms.get(roomId) ?? newRoom();
    const isKnown = room.until.has(userId);
    if (!isKnown && room.until.size >= MAX_USERS) return;
    room.until.set(userId, now + timeoutMs);
    if (!isKnown) this.#change(roomId, room, userId);
  }

  stop(roomId: string, userId: string, now: number): void {
    const room = this.#rooms.get(roomId);
    if (room?.until.delete(userId) !== true) return;
    room.quietSince = now;
    this.#change(roomId, room, userId);
  }

  /** Ends what is over. To be called now and then. */
  expire(now: number): void {
    for (const [roomId, room] of this.#rooms) {
      for (const [userId, until] of room.until) if (until <= now) this.stop(roomId, userId, now);
      if (room.until.size === 0 && room.quietSince + QUIET_MS <= now) this.#rooms.delete(roomId);
    }
  }

  /** As it is for somebody who ignores these users. Nothing where nobody has typed for long. */
  find(roomId: string, ignored = NOBODY): TypingUsers | undefined {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return undefined;
    const userIds = [...room.until.keys()];
    if (ignored.size === 0) return { userIds, changedAt: room.changedAt };
    const changes = [...room.changes].filter(([userId]) => !ignored.has(userId));
    return { userIds: userIds.filter((userId) => !ignored.has(userId)), changedAt: changes.at(-1)?.[1] ?? 0 };
  }

  /** Whether other users type in the room than at that change. */
  hasChanged(roomId: string, after: number): boolean {
    return (this.#rooms.get(roomId)?.changedAt ?? 0) > after;
  }

  /** Rooms in which others type than at that change; nothing where they are too many to be remembered. */
  changedAfter(after: number, limit: number): ReadonlySet<string> | undefined {
    const changed = new Set<string>();
    if (after < this.#changesFrom) return undefined;
    for (let index = this.#changes.length - 1; index >= 0; index -= 1) {
      const change = this.#changes[index];
      if (change === undefined || change.changedAt <= after) break;
      changed.add(change.roomId);
      if (changed.size > limit) return undefined;
    }
    return changed;
  }

  #change(roomId: string, room: TypingRoom, userId: string): void {
    room.changedAt = this.#counter.next();
    this.#remember({ roomId, changedAt: room.changedAt });
    room.changes.delete(userId);
    room.changes.set(userId, room.changedAt);
    const first = room.changes.size > MAX_CHANGES_OF_ROOM ? room.changes.keys().next().value : undefined;
    if (first !== undefined) room.changes.delete(first);
    this.#rooms.delete(roomId);
    this.#rooms.set(roomId, room);
    const oldest = this.#rooms.size > MAX_ROOMS ? this.#rooms.keys().next().value : undefined;
    if (oldest !== undefined) this.#rooms.delete(oldest);
    this.#changed(roomId);
  }

  #remember(change: { readonly roomId: string; readonly changedAt: number }): void {
    this.#changes.push(change);
    if (this.#changes.length <= MAX_CHANGES) return;
    const dropped = this.#changes.length - MAX_CHANGES / 2;
    this.#changesFrom = this.#changes[dropped - 1]?.changedAt ?? 0;
    this.#changes = this.#changes.slice(dropped);
  }
}

function newRoom(): TypingRoom {
  return { until: new Map(), changes: new Map(), changedAt: 0, quietSince: 0 };
}
