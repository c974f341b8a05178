import { EMPTY_ROOT } from '@plexus/room-dag';
import type { NewEvent, NewLogRow, NewReceipt } from '@plexus/storage';
import { LoggedReceipts } from '@plexus/topics';
import type { ChangedKey, CommandOrigin, LogEntry } from './changes.ts';
import type { RoomHead } from './room-head.ts';

/** Of rows of the log whose room is gone, and of memberships that came without their room. */
export const WITHOUT_ROOM = 0;

/** The row of an event, or of a change of state without one. */
export function eventEntry(
  head: RoomHead,
  position: number,
  {
    root,
    stored,
    origin,
    redactedBy,
    changed,
  }: {
    readonly root: number;
    readonly stored: NewEvent | undefined;
    readonly origin?: CommandOrigin;
    readonly redactedBy?: readonly string[] | undefined;
    readonly changed: readonly ChangedKey[];
  },
): LogEntry {
  const kind = stored === undefined ? 'state-correction' : 'event';
  const row: NewLogRow = {
    shard: head.shard,
    position,
    roomNid: head.roomNid,
    kind,
    eventNid: stored?.eventNid,
    previousRoot: head.currentRoot,
    currentRoot: root,
    body: origin?.distributedBy === undefined ? undefined : Buffer.from(origin.distributedBy),
    transactionId: origin?.transactionId,
    senderDeviceId: origin?.senderDeviceId,
  };
  return { row, kind, roomId: head.roomId, roomVersion: head.rules.version, event: stored, redactedBy, changed };
}

/** One row for receipts of several users. */
export function receiptsEntry(
  head: RoomHead,
  position: number,
  receipts: readonly Omit<NewReceipt, 'position'>[],
): LogEntry {
  const { shard, roomNid, currentRoot } = head;
  const body = Buffer.from(LoggedReceipts.encode({ receipts: [...receipts] }).finish());
  const roots = { previousRoot: currentRoot, currentRoot };
  return withoutEvent(head, { ...EMPTY_ROW, ...roots, shard, position, roomNid, kind: 'receipt', body });
}

/** Tells those who follow the log that the room is gone. */
export function removalEntry(head: RoomHead, position: number): LogEntry {
  return withoutEvent(head, { ...EMPTY_ROW, shard: head.shard, position, roomNid: WITHOUT_ROOM, kind: 'tombstone' });
}

/** A membership without its room; `body` says all of it. */
export function membershipEntry(
  { shard, position }: Pick<NewLogRow, 'shard' | 'position'>,
  { roomId, roomVersion }: Pick<LogEntry, 'roomId' | 'roomVersion'>,
  body: Buffer,
): LogEntry {
  const kind = 'membership-without-room';
  const row: NewLogRow = { ...EMPTY_ROW, shard, position, roomNid: WITHOUT_ROOM, kind, body };
  return { row, kind, roomId, roomVersion, event: undefined, changed: [] };
}

/** Tells those who follow the log which events have left the timeline. */
export function purgeEntry(head: RoomHead, position: number, body: Buffer): LogEntry {
  const { shard, roomNid, currentRoot } = head;
  const roots = { previousRoot: currentRoot, currentRoot };
  return withoutEvent(head, { ...EMPTY_ROW, ...roots, shard, position, roomNid, kind: 'tombstone', body });
}

const EMPTY_ROW = {
  eventNid: undefined,
  previousRoot: EMPTY_ROOT,
  currentRoot: EMPTY_ROOT,
  body: undefined,
  transactionId: undefined,
  senderDeviceId: undefined,
};

function withoutEvent({ roomId, rules }: RoomHead, row: NewLogRow): LogEntry {
  return { row, kind: row.kind, roomId, roomVersion: rules.version, event: undefined, changed: [] };
}
