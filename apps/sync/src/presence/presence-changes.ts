import type { Clock } from '@plexus/matrix-base';
import type { PresenceRecord } from '@plexus/topics';
import type { ChangeCounter } from '../ephemeral/change-counter.ts';
import type { RoomWatcher } from '../log/room-log.ts';
import type { RoomTail } from '../log/room-tail.ts';
import type { UserSession } from '../sessions/user-session.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import type { PresenceBoard } from './presence-board.ts';
import type { RemoteUserRooms } from './remote-user-rooms.ts';

export interface PresenceChangesOptions {
  readonly board: PresenceBoard;
  readonly sessions: UserSessions;
  readonly tail: Pick<RoomTail, 'findRoom'>;
  readonly remoteRooms: RemoteUserRooms;
  readonly counter: ChangeCounter;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}

/** After some are told, others wait so long, to be told together. */
const GATHER_MS = 500;

/**
 * Tells changes of presence to the sessions of those who share a room with the user, and to no one else: the first at once, those that
 * follow it gathered. Where N users of a room come back within a moment, each of them has few answers to read, not N.
 */
export class PresenceChanges {
  readonly #options: PresenceChangesOptions;
  readonly #untold = new Set<string>();
  #isTelling = false;

  constructor(options: PresenceChangesOptions) {
    this.#options = options;
  }

  take(record: PresenceRecord): void {
    const { board, clock } = this.#options;
    if (board.take(record, clock.now())) this.#tell([record.userId]);
  }

  bump(userId: string): void {
    const { board, clock } = this.#options;
    if (board.bump(userId, clock.now())) this.#tell([userId]);
  }

  /** Who shares the room from now on is told. */
  joined(userId: string): void {
    const { board, clock } = this.#options;
    if (board.read(userId, clock.now()).presence !== 'offline') this.#tell([userId]);
  }

  expire(): void {
    const { board, clock } = this.#options;
    this.#tell(board.expire(clock.now()));
  }

  #tell(userIds: readonly string[]): void {
    if (userIds.length === 0 || this.#options.sessions.size.sessions === 0) return;
    for (const userId of userIds) this.#untold.add(userId);
    if (!this.#isTelling) void this.#tellGathered();
  }

  async #tellGathered(): Promise<void> {
    const { clock } = this.#options;
    this.#isTelling = true;
    while (this.#untold.size > 0) {
      const userIds = [...this.#untold];
      this.#untold.clear();
      await this.#tellOf(userIds);
      await clock.delay(GATHER_MS);
    }
    this.#isTelling = false;
  }

  /** @NOTE The number is taken when all are told at once: a response has all changes up to its own number, or none. */
  async #tellOf(userIds: readonly string[]): Promise<void> {
    const watchers = await Promise.all(userIds.map((userId) => this.#watchersOf(userId)));
    const change = this.#options.counter.next();
    for (const [index, userId] of userIds.entries()) {
      for (const watcher of watchers[index] ?? []) watcher.presenceChanged(userId, change);
    }
  }

  async #watchersOf(userId: string): Promise<Iterable<RoomWatcher>> {
    const { sessions, remoteRooms, failed } = this.#options;
    try {
      if (remoteRooms.isRemote(userId)) return this.#watching(await remoteRooms.read(userId));
      return sharing(await sessions.open(userId));
    } catch (error) {
      failed(error);
      return [];
    }
  }

  #watching(roomIds: ReadonlySet<string>): Set<RoomWatcher> {
    const { tail } = this.#options;
    const found = new Set<RoomWatcher>();
    for (const roomId of roomIds) for (const watcher of tail.findRoom(roomId)?.watchers ?? []) found.add(watcher);
    return found;
  }
}

/** Sessions of users who are joined to a room of the user's; the user's own among them. */
function sharing(session: UserSession): Set<RoomWatcher> {
  const found = new Set<RoomWatcher>([session]);
  for (const { room, membership } of session.memberships.values()) {
    if (membership === 'join') for (const watcher of room.watchers) found.add(watcher);
  }
  return found;
}
