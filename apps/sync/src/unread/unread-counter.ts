import { countUnread } from '@plexus/room-dag';
import type { UnreadReader } from '@plexus/storage';
import type { RoomTask } from '../answer/room-task.ts';
import type { RoomLog } from '../log/room-log.ts';
import type { RoomTail } from '../log/room-tail.ts';
import type { UserSession } from '../sessions/user-session.ts';
import { UnreadRoom } from './unread-room.ts';

/**
 * Counts what users have not read (https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications). What a session has of a room is read once,
 * and then follows the log; so an event costs each of those who get it a few comparisons.
 */
export class UnreadCounter {
  readonly #reader: UnreadReader;
  readonly #tail: Pick<RoomTail, 'startOf'>;

  constructor(reader: UnreadReader, tail: Pick<RoomTail, 'startOf'>) {
    this.#reader = reader;
    this.#tail = tail;
  }

  /** Reads all at once what the session does not have of these rooms. */
  async prepare(session: UserSession, rooms: readonly RoomLog[]): Promise<void> {
    await this.#load(
      session,
      rooms.filter((room) => !this.#isHeld(session, room)),
    );
  }

  /** What the user has not read at the response's position, or at a later one. */
  async read({ session, room, upTo }: RoomTask): Promise<UnreadRoom> {
    if (!this.#isHeld(session, room)) await this.#load(session, [room]);
    const held = session.unread.get(room.roomId);
    if (held !== undefined && advance(held, session.userId, { room, upTo })) return held;
    await this.#load(session, [room]);
    return session.unread.get(room.roomId) ?? nothingUnread(upTo);
  }

  /** Whether a response has to tell of the room because of receipts of the user. */
  isTouched({ session, room, since, upTo }: RoomTask): boolean {
    if (this.#tail.startOf(room.shard) > since) return true;
    const rows = room.rowsWithin(since, upTo);
    return rows.some(({ receipts }) => receipts?.some(({ userId }) => userId === session.userId) === true);
  }

  #isHeld(session: UserSession, room: RoomLog): boolean {
    const held = session.unread.get(room.roomId);
    return held !== undefined && held.position >= this.#tail.startOf(room.shard);
  }

  async #load(session: UserSession, rooms: readonly RoomLog[]): Promise<void> {
    if (rooms.length === 0) return;
    const byPlace = new Map(rooms.map((room) => [`${room.shard}/${room.roomNid}`, room]));
    for (const facts of await this.#reader.readUnread(session.userId, rooms)) {
      const room = byPlace.get(`${facts.shard}/${facts.roomNid}`);
      if (room !== undefined) session.unread.set(room.roomId, new UnreadRoom(facts.position, countUnread(facts)));
    }
  }
}

function advance(held: UnreadRoom, userId: string, { room, upTo }: Pick<RoomTask, 'room' | 'upTo'>): boolean {
  const rows = room.rowsWithin(held.position, upTo);
  let lastEvent = room.rows.findLast((row) => row.event !== undefined && row.position <= held.position)?.position;
  for (const row of rows) {
    if (!held.apply(row, userId, lastEvent)) return false;
    if (row.event !== undefined) lastEvent = row.position;
  }
  held.position = Math.max(held.position, upTo);
  return true;
}

/** Of a room that is gone. */
function nothingUnread(position: number): UnreadRoom {
  return new UnreadRoom(position, { main: { notify: 0, highlight: 0 }, threads: new Map() });
}
