import type { Clock } from '@plexus/matrix-base';
import type { LoggedRow, RoomLogHandler, RoomLogStart } from '@plexus/room-log';
import type { TracedRows } from '@plexus/service-shell';
import type { PresenceChanges } from '../presence/presence-changes.ts';
import type { TypingRooms } from '../ephemeral/typing-rooms.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import { decodeErasedEvents, decodePurgedEvents } from '@plexus/storage';
import type { TakenAway } from '../answer/taken-away.ts';
import type { EventStore } from './event-store.ts';
import type { RoomLog } from './room-log.ts';
import type { RoomTail } from './room-tail.ts';

export interface SyncLogOptions {
  readonly tail: RoomTail;
  readonly events: EventStore;
  readonly sessions: UserSessions;
  readonly typing: Pick<TypingRooms, 'stop'>;
  readonly presence: Pick<PresenceChanges, 'bump' | 'joined'>;
  readonly takenAway: Pick<TakenAway, 'begin' | 'note'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly tracedRows?: Pick<TracedRows, 'find'> | undefined;
  readonly failed: (error: unknown) => void;
}

/** Takes the room log in: tail, then memberships, then whoever waits. */
export class SyncLog implements RoomLogHandler {
  readonly #options: SyncLogOptions;

  constructor(options: SyncLogOptions) {
    this.#options = options;
  }

  begin({ positions }: RoomLogStart): void {
    const { tail, events, sessions, takenAway } = this.#options;
    tail.begin(positions);
    takenAway.begin(positions);
    events.clear();
    sessions.clear();
  }

  deliver(row: LoggedRow): void {
    const { tail, events, sessions, typing, presence, takenAway, clock, tracedRows } = this.#options;
    const { room, row: logged, redacts } = tail.append(row, clock.now());
    const traced = tracedRows?.find(row.shard, row.position);
    if (traced !== undefined) {
      const { position, traceparent } = traced;
      room.traced = { position, traceparent, arrivedAt: clock.now(), answers: 0 };
    }
    if (row.kind === 'tombstone' || redacts !== undefined) takenAway.note(row, row.position);
    if (row.kind === 'tombstone') this.#takeAway(row, room);
    if (redacts !== undefined && row.event !== undefined) events.redacted(redacts, row.event.eventId);
    for (const { userId } of row.changedMembers) {
      const isJoined = tail.findMembership(userId, row.roomId)?.membership === 'join';
      if (!isJoined) typing.stop(row.roomId, userId, clock.now());
    }
    for (const { userId } of logged.receipts ?? []) presence.bump(userId);
    if (logged.receipts === undefined) sessions.apply(row, room);
    else sessions.applyReceipts(logged.receipts, room);
    for (const { userId } of row.changedMembers) presence.joined(userId);
  }

  #takeAway({ shard, body }: LoggedRow, room: RoomLog): void {
    const { tail, events } = this.#options;
    tail.purge(room, decodePurgedEvents(body));
    const erased = decodeErasedEvents(body);
    tail.erase(room, erased);
    events.erased({ shard }, erased);
  }

  failed(error: unknown): void {
    this.#options.failed(error);
  }
}
