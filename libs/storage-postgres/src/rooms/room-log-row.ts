import { decodeMembershipWithoutRoom } from '@plexus/storage';
import type { RoomLogKind, RoomLogRow } from '@plexus/storage';
import type { EventRow } from './stored-event-row.ts';
import { EVENT_COLUMNS, toStoredEvent } from './stored-event-row.ts';

/** In the order of their numbers in the column `kind`, from 1 on: append only. */
const KINDS: readonly RoomLogKind[] = ['event', 'state-correction', 'receipt', 'tombstone', 'membership-without-room'];

export function numberOfKind(kind: RoomLogKind): number {
  return KINDS.indexOf(kind) + 1;
}

/** @NOTE A row without an event has nulls where the event's columns are. */
export interface LogRow extends Omit<EventRow, 'event_nid'> {
  readonly event_nid: number | null;
  readonly log_position: number;
  readonly kind: number;
  readonly log_room_nid: number;
  readonly room_id: string;
  readonly room_version: string;
  readonly previous_root: number;
  readonly current_root: number;
  readonly body: Buffer | null;
  readonly transaction_id: string | null;
  readonly sender_device_id: string | null;
}

/** A row of the log with its room and its event. A room that is gone has no id and no version. */
export const SELECT_LOG = `
  select l.shard as shard, l.position as log_position, l.kind, l.room_nid as log_room_nid,
    coalesce(m.room_id, '') as room_id, coalesce(m.room_version, '') as room_version,
    l.previous_root, l.current_root, l.body, l.transaction_id, l.sender_device_id, ${EVENT_COLUMNS.replace('e.shard, ', '')}
  from room_log l
  left join rooms m on m.shard = l.shard and m.room_nid = l.room_nid
  left join events e on e.shard = l.shard and e.event_nid = l.event_nid`;

export function toRoomLogRow(row: LogRow): RoomLogRow {
  const kind = KINDS[row.kind - 1];
  if (kind === undefined) throw new RangeError(`unknown kind of a log row: ${row.kind}`);
  return {
    shard: row.shard,
    position: row.log_position,
    kind,
    roomNid: row.log_room_nid,
    ...roomOf(row, kind),
    previousRoot: row.previous_root,
    currentRoot: row.current_root,
    event: row.event_nid === null ? undefined : toStoredEvent({ ...row, event_nid: row.event_nid }),
    transactionId: row.transaction_id ?? undefined,
    senderDeviceId: row.sender_device_id ?? undefined,
    body: row.body ?? undefined,
  };
}

/** @NOTE A membership that came without its room has that in its body. */
function roomOf(row: LogRow, kind: RoomLogKind): Pick<RoomLogRow, 'roomId' | 'roomVersion'> {
  if (kind === 'membership-without-room' && row.body !== null) {
    const { roomId, roomVersion } = decodeMembershipWithoutRoom(row.body);
    return { roomId, roomVersion };
  }
  return { roomId: row.room_id, roomVersion: row.room_version };
}
