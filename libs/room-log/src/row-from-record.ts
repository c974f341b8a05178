import { RoomLogKind } from '@plexus/topics';
import type { LoggedEvent as RecordEvent, RoomLogRecord } from '@plexus/topics';
import type { RoomLogKind as RowKind, RoomLogRow } from '@plexus/storage';
import type {
  LoggedEvent,
  LoggedRow,
  LoggedUnread,
  MemberChange,
  RowToComplete,
  StateKeyChange,
} from './logged-row.ts';
import { membersWithoutRoom } from './member-without-room.ts';
import type { WantsMember } from './wants-member.ts';

/**
 * The row that a record of `room.events` carries, or nothing where the record does not carry all of it (an event or a change of
 * state that was too large, a body that was, a membership that another event brought): then the row is read from Postgres.
 */
export function rowFromRecord(record: RoomLogRecord, wantsMember: WantsMember): LoggedRow | undefined {
  const kind = KINDS.get(record.kind);
  if (kind === undefined || (kind === 'event' && (record.event?.json.length ?? 0) === 0)) return undefined;
  if (BODIES.has(kind) && record.body.length === 0) return undefined;
  if (record.previousRoot !== record.currentRoot && record.changedState.length === 0) return undefined;
  const event = record.event === undefined ? undefined : eventFromRecord(record.event);
  const changedState = record.changedState.map(changeFromRecord);
  const changedMembers =
    kind === 'membership-without-room'
      ? membersWithoutRoom(record.body, wantsMember)
      : findMembers(changedState, event, wantsMember);
  if (changedMembers === undefined) return undefined;
  return {
    shard: record.shard,
    position: record.position,
    kind,
    roomNid: record.roomNid,
    roomId: record.roomId,
    roomVersion: record.roomVersion,
    previousRoot: record.previousRoot,
    currentRoot: record.currentRoot,
    event,
    transactionId: record.event?.transactionId === '' ? undefined : record.event?.transactionId,
    senderDeviceId: record.event?.senderDeviceId === '' ? undefined : record.event?.senderDeviceId,
    body: record.body.length === 0 ? undefined : record.body,
    changedState,
    changedMembers,
  };
}

/** Rows that were read, the one of the record with what the record says that it changed: no states have to be compared for it. */
export function withChangesOf(record: RoomLogRecord | undefined, rows: readonly RoomLogRow[]): RowToComplete[] {
  return rows.map((row) => {
    if (record === undefined || record.changedState.length === 0 || !isOfRow(record, row)) return row;
    return { ...row, changedState: record.changedState.map(changeFromRecord) };
  });
}

/** @NOTE Nobody who follows the log takes records of another generation, in which the same roots may be other states. */
function isOfRow(record: RoomLogRecord, row: RoomLogRow): boolean {
  const { position, roomNid, previousRoot, currentRoot } = record;
  const isSameRow = position === row.position && roomNid === row.roomNid;
  return isSameRow && previousRoot === row.previousRoot && currentRoot === row.currentRoot;
}

/** What rows of these kinds say is in their bodies. */
const BODIES: ReadonlySet<RowKind> = new Set(['membership-without-room', 'receipt']);

const KINDS = new Map<RoomLogKind, RowKind>([
  [RoomLogKind.ROOM_LOG_KIND_EVENT, 'event'],
  [RoomLogKind.ROOM_LOG_KIND_STATE_CORRECTION, 'state-correction'],
  [RoomLogKind.ROOM_LOG_KIND_RECEIPT, 'receipt'],
  [RoomLogKind.ROOM_LOG_KIND_TOMBSTONE, 'tombstone'],
  [RoomLogKind.ROOM_LOG_KIND_MEMBERSHIP_WITHOUT_ROOM, 'membership-without-room'],
]);

function eventFromRecord(event: RecordEvent): LoggedEvent {
  return {
    eventNid: event.eventNid,
    eventId: event.eventId,
    topologicalPosition: event.topologicalPosition,
    stateBefore: event.stateBefore,
    stateAfter: event.stateAfter,
    json: event.json,
    redactedBy: event.redactedBy === '' ? [] : [event.redactedBy],
    unread: unreadFromRecord(event),
  };
}

function unreadFromRecord({ unreadFlags: flags, threadId }: RecordEvent): LoggedUnread {
  return {
    notifies: (flags & 1) !== 0,
    highlights: (flags & 2) !== 0,
    arrives: (flags & 4) !== 0,
    threadId: threadId === '' ? undefined : threadId,
  };
}

function changeFromRecord({
  type,
  stateKey,
  eventNid,
}: {
  type: string;
  stateKey: string;
  eventNid: number;
}): StateKeyChange {
  return { type, stateKey, eventNid: eventNid === 0 ? undefined : eventNid };
}

function findMembers(
  changes: readonly StateKeyChange[],
  event: LoggedEvent | undefined,
  wantsMember: WantsMember,
): MemberChange[] | undefined {
  const members: MemberChange[] = [];
  for (const { type, stateKey, eventNid } of changes) {
    if (type !== 'm.room.member' || !wantsMember(stateKey)) continue;
    if (eventNid !== undefined && eventNid !== event?.eventNid) return undefined;
    members.push({ userId: stateKey, event: eventNid === undefined ? undefined : event });
  }
  return members;
}
