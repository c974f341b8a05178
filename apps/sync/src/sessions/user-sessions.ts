import type { Clock } from '@plexus/matrix-base';
import type { LoggedRow } from '@plexus/room-log';
import type { RoomLogPositionReader, UserRoom, UserRoomReader } from '@plexus/storage';
import { StorageError } from '@plexus/storage';
import type { UserStreamFollower } from '@plexus/user-streams';
import type { LoggedReceipt } from '@plexus/topics';
import { deadlineAfter } from '../deadline.ts';
import type { RoomLog, RoomWatcher } from '../log/room-log.ts';
import type { RoomTail } from '../log/room-tail.ts';
import { UserSession } from './user-session.ts';

export interface UserSessionsOptions {
  readonly tail: RoomTail;
  readonly userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly positions: Pick<RoomLogPositionReader, 'readLastPositions'>;
  readonly streams: Pick<UserStreamFollower, 'follow'>;
  readonly clock: Clock;
  /** Resolves when the log is delivered up to these positions. */
  readonly reached: (positions: readonly number[], signal: AbortSignal) => Promise<void>;
  readonly idleMs: number;
}

const CATCH_UP_MS = 10_000;

/**
 * The users who sync here. A session is loaded once, from the projection of memberships and what the tail has on top of it, and then follows
 * the log:
 *
 *     absent --open--> loading --read, overlay, catch up--> live --idle--> absent
 *                         |                                  |
 *                         +---- rows of the log apply to both, the newer position counts
 */
export class UserSessions {
  readonly #options: UserSessionsOptions;
  readonly #sessions = new Map<string, OpenedSession>();

  constructor(options: UserSessionsOptions) {
    this.#options = options;
  }

  /** At once where the session is there. Fails where loading does; the next call tries again. */
  open(userId: string): UserSession | Promise<UserSession> {
    const now = this.#options.clock.now();
    const opened = this.#sessions.get(userId) ?? this.#begin(userId, now);
    opened.session.lastUsed = now;
    return opened.isLoaded ? opened.session : opened.loaded.then(() => opened.session);
  }

  /** Applies a row that the tail has taken, then wakes whom it concerns. */
  apply(row: LoggedRow, room: RoomLog): void {
    for (const { userId } of row.changedMembers) this.#applyMembership(userId, room);
    wakeInTurns(room.watchers);
  }

  /** Wakes whom receipts concern: everybody in the room, or the user alone where they are private. */
  applyReceipts(receipts: readonly LoggedReceipt[], room: RoomLog): void {
    if (receipts.some(({ receiptType }) => receiptType !== 'm.read.private')) return wakeInTurns(room.watchers);
    for (const { userId } of receipts) this.#sessions.get(userId)?.session.roomChanged();
  }

  /** Wakes who watches a room of which something changed that is not in the log. */
  wake(roomId: string): void {
    const room = this.#options.tail.findRoom(roomId);
    if (room !== undefined) wakeInTurns(room.watchers);
  }

  /** Wakes one user, of whom something changed that is not in the log. */
  wakeUser(userId: string): void {
    this.#sessions.get(userId)?.session.roomChanged();
  }

  /** Drops every session; those who wait are woken and open a new one. */
  clear(): void {
    const all = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const { session } of all) this.#close(session);
  }

  /** Drops sessions that nobody has used for a while. */
  dropIdle(): void {
    const before = this.#options.clock.now() - this.#options.idleMs;
    for (const [userId, { session }] of this.#sessions) {
      if (session.waitingRequests > 0 || session.lastUsed > before) continue;
      this.#sessions.delete(userId);
      this.#close(session);
    }
  }

  isCurrent(session: UserSession): boolean {
    return this.#sessions.get(session.userId)?.session === session;
  }

  /** For metrics. */
  get size(): { readonly sessions: number; readonly waiting: number } {
    let waiting = 0;
    for (const { session } of this.#sessions.values()) waiting += session.waitingRequests;
    return { sessions: this.#sessions.size, waiting };
  }

  #begin(userId: string, now: number): OpenedSession {
    const { streams } = this.#options;
    const session = new UserSession(userId, now, (...asked) => streams.follow(...asked));
    const begun: OpenedSession = { session, loaded: this.#load(session), isLoaded: false };
    this.#sessions.set(userId, begun);
    begun.loaded.then(
      () => (begun.isLoaded = true),
      () => {
        if (this.#sessions.get(userId) === begun) this.#sessions.delete(userId);
        this.#close(session);
      },
    );
    return begun;
  }

  /**
   * @NOTE The session is registered before anything is read, so no row falls between. The projection may be ahead of the log that was
   * delivered: the last step waits, or a response would show a membership without the rows that belong to it.
   */
  async #load(session: UserSession): Promise<void> {
    const rooms = await this.#options.userRooms.findUserRooms(session.userId);
    const byShard = Map.groupBy(rooms, ({ shard }) => shard);
    const read = [...byShard].map(([shard, ofShard]) => this.#readPositions(shard, ofShard));
    const last = new Map((await Promise.all(read)).flat());
    for (const room of rooms) this.#adopt(session, room, last.get(room.roomId) ?? room.position);
    for (const { room } of this.#options.tail.recentMemberships(session.userId)) this.#applyTo(session, room);
    await this.#catchUp(rooms);
    if (!this.isCurrent(session)) this.#close(session);
  }

  async #catchUp(rooms: readonly UserRoom[]): Promise<void> {
    const needed: number[] = [];
    for (const { shard, position } of rooms) needed[shard] = Math.max(needed[shard] ?? 0, position);
    const deadline = deadlineAfter(CATCH_UP_MS, this.#options.clock);
    await this.#options.reached(
      Array.from(needed, (position) => position ?? 0),
      deadline.signal,
    );
    if (deadline.signal.aborted)
      throw new StorageError('the room log could not be read up to what memberships are known');
    deadline.cancel();
  }

  async #readPositions(shard: number, rooms: readonly UserRoom[]): Promise<[string, number][]> {
    const nids = rooms.map(({ roomNid }) => roomNid).filter((roomNid) => roomNid > 0);
    const positions = await this.#options.positions.readLastPositions(shard, nids);
    return rooms.map(({ roomId, roomNid, position }) => [roomId, positions.get(roomNid) ?? position]);
  }

  #adopt(session: UserSession, userRoom: UserRoom, lastPosition: number): void {
    const room = this.#options.tail.openRoom(userRoom);
    room.lastPosition = Math.max(room.lastPosition, lastPosition);
    const { membership, position, eventId, strippedState } = userRoom;
    const isWithoutRoom = userRoom.roomNid === 0;
    session.setMembership({ room, membership, position, eventId, strippedState, isWithoutRoom });
  }

  #applyMembership(userId: string, room: RoomLog): void {
    const session = this.#sessions.get(userId)?.session;
    if (session === undefined) return;
    this.#applyTo(session, room);
    if (!room.watchers.has(session)) session.roomChanged();
  }

  #applyTo(session: UserSession, room: RoomLog): void {
    const recent = this.#options.tail.findMembership(session.userId, room.roomId);
    if (recent !== undefined) session.setMembership(recent);
  }

  #close(session: UserSession): void {
    for (const { room } of session.memberships.values()) {
      room.watchers.delete(session);
      room.holders -= 1;
      this.#options.tail.releaseRoom(room);
    }
    session.memberships.clear();
    session.stream.stop();
    session.roomChanged();
  }
}

interface OpenedSession {
  readonly session: UserSession;
  readonly loaded: Promise<void>;
  isLoaded: boolean;
}

/** In a room with many users here, whatever else is due gets its turn between so many. */
const WOKEN_AT_ONCE = 100;

function wakeInTurns(watchers: ReadonlySet<RoomWatcher>): void {
  if (watchers.size <= WOKEN_AT_ONCE) return wakeAll(watchers);
  const all = [...watchers];
  const wakeNext = (from: number): void => {
    wakeAll(all.slice(from, from + WOKEN_AT_ONCE));
    if (from + WOKEN_AT_ONCE < all.length) setImmediate(wakeNext, from + WOKEN_AT_ONCE);
  };
  wakeNext(0);
}

function wakeAll(watchers: Iterable<RoomWatcher>): void {
  for (const watcher of watchers) watcher.roomChanged();
}
