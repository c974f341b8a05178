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
  readonly clock: Pick<Clock, 'now'>;
  readonly failed: (error: unknown) => void;
}

/** Tells changes of presence to the sessions of those who share a room with the user, and to no one else. */
export class PresenceChanges {
  readonly #options: PresenceChangesOptions;

  constructor(options: PresenceChangesOptions) {
    this.#options = options;
  }

  take(record: PresenceRecord): void {
    const { board, clock } = this.#options;
    if (board.take(record, clock.now())) this.#tell(record.userId);
  }

  bump(userId: string): void {
    const { board, clock } = this.#options;
    if (board.bump(userId, clock.now())) this.#tell(userId);
  }

  /** Who shares the room from now on is told. */
  joined(userId: string): void {
    const { board, clock } = this.#options;
    if (board.read(userId, clock.now()).presence !== 'offline') this.#tell(userId);
  }

  expire(): void {
    const { board, clock } = this.#options;
    for (const userId of board.expire(clock.now())) this.#tell(userId);
  }

  #tell(userId: string): void {
    const { sessions, failed } = this.#options;
    if (sessions.size.sessions > 0) void this.#tellThose(userId).catch(failed);
  }

  /** @NOTE The number is taken when all are told at once: a response has all changes up to its own number, or none. */
  async #tellThose(userId: string): Promise<void> {
    const { sessions, remoteRooms, counter } = this.#options;
    const others = remoteRooms.isRemote(userId)
      ? this.#watching(await remoteRooms.read(userId))
      : sharing(await sessions.open(userId));
    const change = counter.next();
    for (const other of others) other.presenceChanged(userId, change);
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
