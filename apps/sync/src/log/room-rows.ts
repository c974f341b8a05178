import { EMPTY_ROOT } from '@plexus/room-dag';
import { decodeMembershipWithoutRoom } from '@plexus/storage';
import type { RoomReader, StoredEvent } from '@plexus/storage';
import { logRowOf } from './log-row.ts';
import type { LogRow } from './log-row.ts';
import type { RoomLog } from './room-log.ts';
import type { RoomTail } from './room-tail.ts';
import { ServedEvent } from './served-event.ts';

/** Rows of one room after a position, up to another. */
export interface RoomRange {
  readonly room: RoomLog;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly upTo: number;
}

const PAGE_ROWS = 50;

const WITHOUT_PLACE = {
  eventNid: 0,
  topologicalPosition: undefined,
  stateBefore: undefined,
  stateAfter: undefined,
  redactedBy: [],
};

/** Rows and roots of rooms: from the tail, and beyond it from Postgres. */
export class RoomRows {
  readonly #tail: RoomTail;
  readonly #reader: Pick<RoomReader, 'readLog' | 'findRootAt' | 'pageTimeline'>;

  constructor(tail: RoomTail, reader: Pick<RoomReader, 'readLog' | 'findRootAt' | 'pageTimeline'>) {
    this.#tail = tail;
    this.#reader = reader;
  }

  /** The rows of a range but those that bring receipts, newest first, in pieces. */
  async *backwards({ room, after, upTo }: RoomRange): AsyncGenerator<readonly LogRow[]> {
    const rows = room.rowsWithin(after, upTo);
    let end = this.#endBeforeTail({ room, after, upTo }, rows);
    const recent = rows.filter(({ receipts }) => receipts === undefined);
    for (let to = recent.length; to > 0; to -= PAGE_ROWS) yield recent.slice(Math.max(0, to - PAGE_ROWS), to).reverse();
    while (end > after) {
      const rows = await this.#page({ room, after, upTo: end }, { limit: PAGE_ROWS, withoutReceipts: true });
      if (rows.length > 0) yield rows;
      if (rows.length < PAGE_ROWS) return;
      end = (rows.at(-1)?.position ?? 0) - 1;
    }
  }

  /** The last row of the room at a position, if the room existed then. */
  async findLast(room: RoomLog, position: number): Promise<LogRow | undefined> {
    const recent = room.rows.findLast((row) => row.position <= position);
    return recent ?? (await this.#page({ room, after: 0, upTo: position }, { limit: 1 }))[0];
  }

  /** The last event of the room's timeline at a position, those of history included that have none. */
  async findNewestEvent({ shard, roomNid }: RoomLog, position: number): Promise<StoredEvent | undefined> {
    const newest = await this.#reader.pageTimeline({ shard, roomNid, direction: 'backwards', limit: PAGE_ROWS });
    return newest.find(({ streamPosition = 0 }) => streamPosition <= position);
  }

  /** The event of a membership that came without its room, by the position of its row. */
  async findMembershipWithoutRoom({ shard }: RoomLog, position: number): Promise<ServedEvent | undefined> {
    const range = { shard, after: position - 1, upTo: position, limit: 1, order: 'ascending' } as const;
    const [row] = await this.#reader.readLog(range);
    if (row?.kind !== 'membership-without-room' || row.body === undefined) return undefined;
    const { eventId, json, roomVersion } = decodeMembershipWithoutRoom(row.body);
    return new ServedEvent({ shard, roomNid: row.roomNid, roomVersion }, { ...WITHOUT_PLACE, eventId, json });
  }

  /** The roots of the room's current state at both ends of a range, as far as the tail has all of it; equal ones where nothing is in it. */
  recentRoots({ room, after, upTo }: RoomRange): { readonly start: number; readonly end: number } | undefined {
    if (this.#tail.startOf(room.shard) > after) return undefined;
    const rows = room.rowsWithin(after, upTo);
    return { start: rows[0]?.previousRoot ?? EMPTY_ROOT, end: rows.at(-1)?.currentRoot ?? EMPTY_ROOT };
  }

  /** The root of the room's current state at a position. */
  async rootAt(room: RoomLog, position: number): Promise<number> {
    if (position <= 0) return EMPTY_ROOT;
    const next =
      this.#tail.startOf(room.shard) <= position ? room.rows.find((row) => row.position > position) : undefined;
    if (next !== undefined) return next.previousRoot;
    const last = room.rows.findLast((row) => row.position <= position);
    if (last !== undefined) return last.currentRoot;
    return (await this.#reader.findRootAt(room.shard, room.roomNid, position)) ?? EMPTY_ROOT;
  }

  /** Where reading goes on below what the tail has of a range; its beginning where the tail has all of it. */
  #endBeforeTail({ room, after, upTo }: RoomRange, recent: readonly LogRow[]): number {
    const start = this.#tail.startOf(room.shard);
    if (start <= after) return after;
    const first = recent[0];
    return first === undefined ? Math.min(start, upTo) : first.position - 1;
  }

  async #page(
    { room, after, upTo }: RoomRange,
    options: { readonly limit: number; readonly withoutReceipts?: boolean },
  ): Promise<LogRow[]> {
    const { shard, roomNid } = room;
    const rows = await this.#reader.readLog({ shard, roomNid, after, upTo, order: 'descending', ...options });
    return rows.map(logRowOf);
  }
}
