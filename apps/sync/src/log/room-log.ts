import type { LogRow } from './log-row.ts';

/** Who wants to know of every row of a room. */
export interface RoomWatcher {
  roomChanged(): void;
  /** A user who shares the room is otherwise than before; changes are numbered. */
  presenceChanged(userId: string, change: number): void;
}

/** A row of a recorded trace that came here. */
export interface TracedArrival {
  readonly position: number;
  readonly traceparent: string;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** How many answers with it have become part of the trace. */
  answers: number;
}

/** What this process knows of one room's log: its recent rows, how far it goes, and whom it concerns here. */
export class RoomLog {
  /** Its last row that comes of a recorded trace. */
  traced: TracedArrival | undefined;
  readonly roomId: string;
  readonly shard: number;
  /** 0 as long as the room is not stored: then all that is known of it are memberships that came without it. */
  roomNid: number;
  /** Nothing as long as it is not known. */
  roomVersion: string | undefined;
  /** Those in the tail, oldest first. */
  readonly rows: LogRow[] = [];
  readonly watchers = new Set<RoomWatcher>();
  /** How many sessions have a membership here. */
  holders = 0;
  /** Of the room's last row; 0 as long as that is not known. */
  lastPosition = 0;
  /** The last answer to a question about the room's counts, shared by all who ask at the same place. */
  counts: { readonly position: number; readonly answer: Promise<RoomCounts> } | undefined;

  constructor(room: { readonly roomId: string; readonly shard: number; readonly roomNid: number }) {
    this.roomId = room.roomId;
    this.shard = room.shard;
    this.roomNid = room.roomNid;
  }

  get isIdle(): boolean {
    return this.rows.length === 0 && this.holders === 0;
  }

  /** Rows in the tail within (after, upTo], oldest first. */
  rowsWithin(after: number, upTo: number): readonly LogRow[] {
    const { rows } = this;
    let first = rows.length;
    while (first > 0 && (rows[first - 1]?.position ?? 0) > after) first -= 1;
    let end = rows.length;
    while (end > first && (rows[end - 1]?.position ?? 0) > upTo) end -= 1;
    return rows.slice(first, end);
  }
}

export interface RoomCounts {
  readonly joined: number;
  readonly invited: number;
}
