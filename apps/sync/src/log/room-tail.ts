import { sizeOfRow } from '@plexus/room-log';
import type { LoggedRow } from '@plexus/room-log';
import { logRowOf } from './log-row.ts';
import type { LogRow } from './log-row.ts';
import { RoomLog } from './room-log.ts';
import type { ServedEvent } from './served-event.ts';

/** A membership that a row of the tail brought. */
export interface RecentMembership {
  readonly room: RoomLog;
  readonly position: number;
  readonly membership: string;
  readonly eventId: string | undefined;
  /** The membership came without its room, with this stripped state if with any. */
  readonly isWithoutRoom: boolean;
  readonly strippedState: Buffer | undefined;
}

interface KeptRow {
  readonly room: RoomLog;
  readonly row: LogRow;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  readonly bytes: number;
  readonly userIds: readonly string[];
  readonly redacts: string | undefined;
  /** Whether it is among the rows of its room. */
  readonly isInRoom: boolean;
}

/**
 * The recent rows of all shards, bounded in bytes. The oldest leave first, whatever their shard; within a shard what is kept has no gap:
 * all rows after `startOf(shard)`.
 */
export class RoomTail {
  readonly #maxBytes: number;
  #eventsTaken = 0;
  #kept: KeptRow[] = [];
  #firstKept = 0;
  #bytes = 0;
  #starts: number[] = [];
  #rooms = new Map<string, RoomLog>();
  #memberships = new Map<string, Map<string, RecentMembership>>();
  #events = new Map<string, ServedEvent>();
  #redactions = new Map<string, string[]>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Forgets everything; the log goes on after these positions. */
  begin(positions: readonly number[]): void {
    this.#kept = [];
    this.#firstKept = 0;
    this.#bytes = 0;
    this.#starts = [...positions];
    this.#rooms = new Map();
    this.#memberships = new Map();
    this.#events = new Map();
    this.#redactions = new Map();
  }

  append(
    logged: LoggedRow,
    now: number,
  ): { readonly room: RoomLog; readonly row: LogRow; readonly redacts: string | undefined } {
    const row = logRowOf(logged);
    const room = this.openRoom(logged);
    const isInRoom = logged.kind !== 'membership-without-room';
    if (isInRoom) {
      room.roomVersion = row.roomVersion;
      room.rows.push(row);
      room.lastPosition = Math.max(room.lastPosition, row.position);
    }
    const redacts = findRedacts(row);
    if (row.event !== undefined) {
      this.#events.set(row.event.eventId, row.event);
      this.#eventsTaken += 1;
    }
    if (redacts !== undefined && row.event !== undefined) this.#redact(redacts, row.event.eventId);
    for (const member of logged.changedMembers) this.#remember(member, { room, row, isInRoom });
    const userIds = logged.changedMembers.map(({ userId }) => userId);
    this.#keep({ room, row, arrivedAt: now, bytes: sizeOfRow(logged), userIds, redacts, isInRoom });
    return { room, row, redacts };
  }

  findRoom(roomId: string): RoomLog | undefined {
    return this.#rooms.get(roomId);
  }

  /** Takes events out of the room's rows: they are not in its timeline any more. */
  purge(room: RoomLog, eventNids: readonly number[]): void {
    if (eventNids.length === 0) return;
    const purged = new Set(eventNids);
    for (const [at, row] of room.rows.entries()) {
      if (row.event === undefined || !purged.has(row.event.eventNid)) continue;
      this.#events.delete(row.event.eventId);
      room.rows[at] = { ...row, event: undefined };
    }
  }

  /** Erases events among the room's rows. */
  erase(room: RoomLog, eventNids: readonly number[]): void {
    if (eventNids.length === 0) return;
    const erased = new Set(eventNids);
    for (const { event } of room.rows) if (event !== undefined && erased.has(event.eventNid)) event.erase();
  }

  /**
   * The room's log, made where this process had none. Whoever opens one and does not watch it calls `releaseRoom`.
   *
   * @NOTE A room that was gone and has come back has a greater number, and nothing of its former rows; some projection may name that a while longer.
   */
  openRoom(place: { readonly roomId: string; readonly shard: number; readonly roomNid: number }): RoomLog {
    const known = this.#rooms.get(place.roomId);
    if (known?.roomNid === 0) known.roomNid = place.roomNid;
    if (known !== undefined && known.roomNid >= place.roomNid) return known;
    const room = new RoomLog(place);
    this.#rooms.set(place.roomId, room);
    return room;
  }

  releaseRoom(room: RoomLog): void {
    if (room.isIdle && this.#rooms.get(room.roomId) === room) this.#rooms.delete(room.roomId);
  }

  /** The position after which all rows of the shard are here. */
  startOf(shard: number): number {
    return this.#starts[shard] ?? 0;
  }

  /** What the tail says of a user's memberships, newest of each room. */
  recentMemberships(userId: string): Iterable<RecentMembership> {
    return this.#memberships.get(userId)?.values() ?? [];
  }

  findMembership(userId: string, roomId: string): RecentMembership | undefined {
    return this.#memberships.get(userId)?.get(roomId);
  }

  findEvent(eventId: string): ServedEvent | undefined {
    return this.#events.get(eventId);
  }

  /** Redactions in the tail that name this event. */
  recentRedactions(eventId: string): readonly string[] {
    return this.#redactions.get(eventId) ?? [];
  }

  /** When the oldest row came, in milliseconds since the epoch; 0 where there is none. For metrics. */
  get oldestArrival(): number {
    return this.#kept[this.#firstKept]?.arrivedAt ?? 0;
  }

  /** For metrics. */
  get size(): { readonly rows: number; readonly bytes: number; readonly rooms: number } {
    return { rows: this.#kept.length - this.#firstKept, bytes: this.#bytes, rooms: this.#rooms.size };
  }

  /** Events that have come since the process began. For metrics. */
  get eventsTaken(): number {
    return this.#eventsTaken;
  }

  /** Rooms of users who wait or have waited lately. For metrics. */
  countWatchedRooms(): number {
    let count = 0;
    for (const { holders } of this.#rooms.values()) if (holders > 0) count += 1;
    return count;
  }

  #remember(
    { userId, event, strippedState }: LoggedRow['changedMembers'][number],
    { room, row, isInRoom }: Pick<KeptRow, 'room' | 'row' | 'isInRoom'>,
  ): void {
    const ofUser = this.#memberships.get(userId) ?? new Map<string, RecentMembership>();
    const membership = event === undefined ? 'leave' : membershipOf(event, row);
    const { position } = row;
    const eventId = event?.eventId;
    ofUser.set(room.roomId, { room, position, membership, eventId, isWithoutRoom: !isInRoom, strippedState });
    this.#memberships.set(userId, ofUser);
  }

  #redact(redacts: string, redactionId: string): void {
    this.#redactions.set(redacts, [...this.recentRedactions(redacts), redactionId]);
    this.#events.get(redacts)?.addRedaction(redactionId);
  }

  #keep(kept: KeptRow): void {
    this.#kept.push(kept);
    this.#bytes += kept.bytes;
    while (this.#bytes > this.#maxBytes && this.#firstKept < this.#kept.length - 1) this.#dropOldest();
    if (this.#firstKept > 1000 && this.#firstKept * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#firstKept);
      this.#firstKept = 0;
    }
  }

  #dropOldest(): void {
    const dropped = this.#kept[this.#firstKept];
    this.#firstKept += 1;
    if (dropped === undefined) return;
    const { room, row, bytes, userIds, redacts, isInRoom } = dropped;
    this.#bytes -= bytes;
    this.#starts[room.shard] = row.position;
    if (isInRoom) room.rows.shift();
    for (const userId of userIds) this.#forgetMembership(userId, dropped);
    if (row.event !== undefined) this.#events.delete(row.event.eventId);
    if (redacts !== undefined) this.#forgetRedaction(redacts, row.event?.eventId);
    this.releaseRoom(room);
  }

  #forgetMembership(userId: string, { room, row }: KeptRow): void {
    const ofUser = this.#memberships.get(userId);
    if (ofUser?.get(room.roomId)?.position !== row.position) return;
    ofUser.delete(room.roomId);
    if (ofUser.size === 0) this.#memberships.delete(userId);
  }

  #forgetRedaction(redacts: string, redactionId: string | undefined): void {
    const rest = this.recentRedactions(redacts).filter((id) => id !== redactionId);
    if (rest.length === 0) this.#redactions.delete(redacts);
    else this.#redactions.set(redacts, rest);
  }
}

type MemberEvent = NonNullable<LoggedRow['changedMembers'][number]['event']>;

/** Only a redaction has to be found at once: parsing every event would cost more than all else that a row takes. */
function findRedacts({ event }: LogRow): string | undefined {
  return event?.stored.json.includes('"m.room.redaction"') === true ? event.traits.redacts : undefined;
}

function membershipOf(event: MemberEvent, row: LogRow): string {
  if (event.eventNid === row.event?.eventNid) return row.event.traits.membership ?? 'leave';
  const { content } = JSON.parse(event.json.toString()) as { content: { membership?: unknown } };
  return typeof content.membership === 'string' ? content.membership : 'leave';
}
