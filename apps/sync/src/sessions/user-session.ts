import type { CompiledPushRules, PushRuleset, RulesInRoom } from '@plexus/room-dag';
import type { FollowedStream, StreamListener } from '@plexus/user-streams';
import type { UnreadRoom } from '../unread/unread-room.ts';
import type { RoomLog, RoomWatcher } from '../log/room-log.ts';
import type { RequestEnd } from './request-end.ts';

/** A membership of the user, as the log has it at the last delivered row. Replaced as a whole when it changes. */
export interface Membership {
  readonly room: RoomLog;
  readonly membership: string;
  /** Of the row that brought it. */
  readonly position: number;
  readonly eventId: string | undefined;
  /** JSON array of stripped state, as far as it is known. */
  readonly strippedState: Buffer | undefined;
  /** Whether it came without the room: that need not be stored, and does not say more of it. */
  readonly isWithoutRoom: boolean;
}

/** A user's push rules, and what they come to in rooms of which a response told. */
export interface SessionRules {
  readonly compiled: CompiledPushRules;
  readonly ruleset: PushRuleset;
  readonly inRooms: Map<string, RulesInRoom>;
  /** Made of the rules where it is first needed. */
  key?: string;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * What this process keeps of a user who syncs here: all rooms with a membership, followed from the log, and the requests that wait. It
 * watches the rooms that the user has joined; of the others it hears only what changes the membership. It follows the user's own stream.
 */
export class UserSession implements RoomWatcher, StreamListener {
  readonly userId: string;
  readonly stream: FollowedStream;
  readonly memberships = new Map<string, Membership>();
  /** What the user has not read, of rooms of which a response told; by room id. */
  readonly unread = new Map<string, UnreadRoom>();
  /** From where on `presence` has every change; nothing as long as no response has told who is there. */
  presenceFrom: number | undefined;
  /** Numbers of the last changes of users who share a room. */
  readonly #presence = new Map<string, number>();
  #lastPresence = 0;
  /** Numbers of the changes with which rooms were counted anew. */
  readonly #recounted = new Map<string, number>();
  #lastRecount = 0;
  /** Whom the user ignored when anything was last counted. */
  ignored: ReadonlySet<string> = NOBODY;
  /** The user's push rules as they were last read. */
  rules: SessionRules | undefined;
  /** Counts what happened; a request that has seen this number has seen everything. */
  changes = 0;
  lastUsed: number;
  readonly #waiting = new Set<() => void>();

  constructor(userId: string, now: number, follow: (userId: string, listener: StreamListener) => FollowedStream) {
    this.userId = userId;
    this.stream = follow(userId, this);
    this.lastUsed = now;
  }

  get waitingRequests(): number {
    return this.#waiting.size;
  }

  isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  advanced(): void {
    this.#wake();
  }

  roomChanged(): void {
    this.#wake();
  }

  /**
   * Memberships of rooms in which anything was logged after these positions.
   *
   * @NOTE It looks at every membership for each answer: nothing else is done for a room in which nothing happened.
   */
  changedSince(positions: readonly number[]): Membership[] {
    const changed: Membership[] = [];
    for (const membership of this.memberships.values()) {
      const { room, position } = membership;
      const since = positions[room.shard] ?? 0;
      if (room.lastPosition > since || position > since) changed.push(membership);
    }
    return changed;
  }

  /** A user who shares a room is otherwise than before. */
  presenceChanged(userId: string, change: number): void {
    this.#presence.set(userId, change);
    this.#lastPresence = change;
    this.#wake();
  }

  /** Users who are otherwise since. */
  presenceChangesAfter(since: number): string[] {
    if (this.#lastPresence <= since) return [];
    return [...this.#presence].filter(([, change]) => change > since).map(([userId]) => userId);
  }

  /** What is unread in a room is counted anew, with another result maybe. */
  recount(roomId: string, change: number): void {
    this.unread.delete(roomId);
    this.#recounted.set(roomId, change);
    this.#lastRecount = change;
    this.#wake();
  }

  /** Rooms that are to be told because of that. */
  recountedAfter(since: number): string[] {
    if (this.#lastRecount <= since) return [];
    return [...this.#recounted].filter(([, change]) => change > since).map(([roomId]) => roomId);
  }

  isRecounted(roomId: string, since: number): boolean {
    return (this.#recounted.get(roomId) ?? 0) > since;
  }

  /** Takes a membership over if it is newer than the one that is known. */
  setMembership(membership: Membership): void {
    const { room, position } = membership;
    const known = this.memberships.get(room.roomId);
    if (known !== undefined && known.position >= position) return;
    if (known?.room !== room) {
      if (known !== undefined) this.#letGo(known.room);
      room.holders += 1;
    }
    this.memberships.set(room.roomId, membership);
    if (membership.membership !== 'join') this.unread.delete(room.roomId);
    else if (known?.membership !== 'join') this.presenceFrom = undefined;
    if (membership.membership === 'join') room.watchers.add(this);
    else room.watchers.delete(this);
  }

  /** The room is gone, and has come back under another number. */
  #letGo(room: RoomLog): void {
    room.holders -= 1;
    room.watchers.delete(this);
    this.unread.delete(room.roomId);
  }

  /** Resolves at the next change after `seen`, or when the request ends. */
  async changed(seen: number, end: RequestEnd): Promise<void> {
    if (this.changes !== seen || end.reason !== undefined) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        end.listen(undefined);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      end.listen(wake);
    });
  }

  #wake(): void {
    this.changes += 1;
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
