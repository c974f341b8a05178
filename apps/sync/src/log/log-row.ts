import type { LoggedRow, StateKeyChange } from '@plexus/room-log';
import type { RoomLogRow } from '@plexus/storage';
import { ServedEvent } from './served-event.ts';

/** A row of the log as this process serves it. */
export interface LogRow {
  readonly position: number;
  readonly roomVersion: string;
  readonly previousRoot: number;
  readonly currentRoot: number;
  readonly event: ServedEvent | undefined;
  /** Nothing where it is not known without reading state. */
  readonly changedState: readonly StateKeyChange[] | undefined;
}

export function logRowOf(row: LoggedRow | RoomLogRow): LogRow {
  const { position, roomVersion, previousRoot, currentRoot, shard, roomNid, transactionId, senderDeviceId } = row;
  const sentBy = transactionId === undefined || transactionId === '' ? undefined : { transactionId, senderDeviceId };
  const event = row.event && new ServedEvent({ shard, roomNid, roomVersion }, row.event, sentBy);
  const changedState = 'changedState' in row ? row.changedState : undefined;
  return { position, roomVersion, previousRoot, currentRoot, event, changedState };
}
