import type { RoomLogRow, StoredEvent } from '@plexus/storage';
import { RoomLogKind } from '@plexus/topics';
import type { RoomLogRecord } from '@plexus/topics';

const KINDS: Readonly<Record<RoomLogRow['kind'], RoomLogKind>> = {
  event: RoomLogKind.ROOM_LOG_KIND_EVENT,
  'state-correction': RoomLogKind.ROOM_LOG_KIND_STATE_CORRECTION,
  receipt: RoomLogKind.ROOM_LOG_KIND_RECEIPT,
  tombstone: RoomLogKind.ROOM_LOG_KIND_TOMBSTONE,
  'membership-without-room': RoomLogKind.ROOM_LOG_KIND_MEMBERSHIP_WITHOUT_ROOM,
};

/** A row as it would be published. */
export function recordOf(
  row: RoomLogRow,
  { generation, changedState }: Pick<RoomLogRecord, 'generation' | 'changedState'>,
): RoomLogRecord {
  const { shard, position, roomId, roomNid, roomVersion, currentRoot, previousRoot, event } = row;
  return {
    shard,
    position,
    generation,
    kind: KINDS[row.kind],
    roomId,
    roomNid,
    roomVersion,
    currentRoot,
    previousRoot,
    changedState,
    event: event && {
      eventNid: event.eventNid,
      eventId: event.eventId,
      json: event.json,
      topologicalPosition: event.topologicalPosition ?? 0,
      stateBefore: event.stateBefore ?? 0,
      stateAfter: event.stateAfter ?? 0,
      redactedBy: event.redactedBy[0] ?? '',
      transactionId: row.transactionId ?? '',
      senderDeviceId: row.senderDeviceId ?? '',
      unreadFlags: unreadFlagsOf(event),
      threadId: event.unread?.threadId ?? '',
    },
    body: row.body ?? Buffer.alloc(0),
  };
}

/** As records of the log have them. */
function unreadFlagsOf({ unread }: StoredEvent): number {
  if (unread === undefined) return 0;
  return Number(unread.notifies) | (Number(unread.highlights) << 1) | (Number(unread.arrives) << 2);
}
