import type { LoggedRow, LoggedUnread, StateKeyChange } from '@plexus/room-log';
import type { RoomLogRow } from '@plexus/storage';
import { LoggedReceipts } from '@plexus/topics';
import type { LoggedReceipt } from '@plexus/topics';
import { ServedEvent } from './served-event.ts';

/** A row of the log as this process serves it. */
export interface LogRow {
  readonly position: number;
  readonly roomVersion: string;
  readonly previousRoot: number;
  readonly currentRoot: number;
  readonly event: ServedEvent | undefined;
  /** What the event means to those who have not read it. */
  readonly unread: LoggedUnread | undefined;
  /** That the row brings. */
  readonly receipts: readonly LoggedReceipt[] | undefined;
  /** Nothing where it is not known without reading state. */
  readonly changedState: readonly StateKeyChange[] | undefined;
}

export function logRowOf(row: LoggedRow | RoomLogRow): LogRow {
  const { position, roomVersion, previousRoot, currentRoot, shard, roomNid, transactionId, senderDeviceId } = row;
  const sentBy = transactionId === undefined || transactionId === '' ? undefined : { transactionId, senderDeviceId };
  const event = row.event && new ServedEvent({ shard, roomNid, roomVersion }, row.event, sentBy);
  const changedState = 'changedState' in row ? row.changedState : undefined;
  const receipts =
    row.kind === 'receipt' && row.body !== undefined ? LoggedReceipts.decode(row.body).receipts : undefined;
  const unread = row.event?.unread;
  return { position, roomVersion, previousRoot, currentRoot, event, unread, receipts, changedState };
}
