import { MAX_RECORD_BYTES, RoomLogKind } from '@plexus/topics';
import type { RoomLogRecord } from '@plexus/topics';
import type { EventUnread, NewEvent, NewLogRow, RoomLogKind as RowKind, RoomLogRow } from '@plexus/storage';
import { MAX_CHANGED_KEYS } from '../rooms/changed-keys.ts';
import type { ChangedKey, LogEntry } from '../rooms/changes.ts';

/** Of each changed key besides its names, and of a record besides what may be large. */
const ENTRY_BYTES = 24;
const OTHER_BYTES = 8 * 1024;

const KINDS: Readonly<Record<RowKind, RoomLogKind>> = {
  event: RoomLogKind.ROOM_LOG_KIND_EVENT,
  'state-correction': RoomLogKind.ROOM_LOG_KIND_STATE_CORRECTION,
  receipt: RoomLogKind.ROOM_LOG_KIND_RECEIPT,
  tombstone: RoomLogKind.ROOM_LOG_KIND_TOMBSTONE,
  'membership-without-room': RoomLogKind.ROOM_LOG_KIND_MEMBERSHIP_WITHOUT_ROOM,
};

/** The record of a row that was just committed. */
export function recordOfEntry(entry: LogEntry, generation: number): RoomLogRecord {
  const { row, roomId, roomVersion, event, redactedBy = [], changed } = entry;
  return buildRecord(
    {
      row,
      roomId,
      roomVersion,
      event,
      redactedBy,
      changedState: areTooMany(entry)
        ? []
        : changed.map(({ type, stateKey, eventNid }) => ({ type, stateKey, eventNid: eventNid ?? 0 })),
    },
    generation,
  );
}

/** The record of a row that is read again from Postgres; what it changed in the state is left to whoever follows. */
export function recordOfRow(row: RoomLogRow, generation: number): RoomLogRecord {
  const { roomId, roomVersion, event } = row;
  return buildRecord(
    { row, roomId, roomVersion, event, redactedBy: event?.redactedBy ?? [], changedState: [] },
    generation,
  );
}

/** More changed keys, and longer ones beside the rest, are left out: whoever follows the log then reads them from Postgres. */
function areTooMany({ row, event, changed }: LogEntry): boolean {
  return changed.length > MAX_CHANGED_KEYS || sizeOfChanges(changed) > MAX_RECORD_BYTES - sizeOfRest(row.body, event);
}

/** Of a record but for its changed keys, at most. */
function sizeOfRest(body: Buffer | undefined, event: Pick<NewEvent, 'json'> | undefined): number {
  return (body?.length ?? 0) + (event?.json.length ?? 0) + OTHER_BYTES;
}

function sizeOfChanges(changed: readonly Pick<ChangedKey, 'type' | 'stateKey'>[]): number {
  let bytes = 0;
  for (const { type, stateKey } of changed)
    bytes += ENTRY_BYTES + Buffer.byteLength(type) + Buffer.byteLength(stateKey);
  return bytes;
}

type StoredInRow = 'unread' | 'eventNid' | 'eventId' | 'json' | 'topologicalPosition' | 'stateBefore' | 'stateAfter';

interface RecordParts extends Pick<RoomLogRow, 'roomId' | 'roomVersion'> {
  readonly row: Omit<NewLogRow, 'eventNid'>;
  readonly event: Pick<NewEvent, StoredInRow> | undefined;
  readonly redactedBy: readonly string[];
  readonly changedState: RoomLogRecord['changedState'];
}

function buildRecord(
  { row, roomId, roomVersion, event, redactedBy, changedState }: RecordParts,
  generation: number,
): RoomLogRecord {
  const body = row.body ?? EMPTY;
  const json = event?.json ?? EMPTY;
  // @NOTE A topic refuses what is too large, and all that comes after would wait for it: the row itself is in Postgres.
  // A record names one redaction. Which of several takes effect, if one does, is read with the row.
  const isLeftOut = redactedBy.length > 1;
  const isTooLarge = sizeOfChanges(changedState) + sizeOfRest(row.body, event) > MAX_RECORD_BYTES;
  return {
    shard: row.shard,
    position: row.position,
    generation,
    kind: KINDS[row.kind],
    roomId,
    roomNid: row.roomNid,
    roomVersion,
    previousRoot: row.previousRoot,
    currentRoot: row.currentRoot,
    changedState,
    event:
      event === undefined
        ? undefined
        : {
            eventNid: event.eventNid,
            eventId: event.eventId,
            json: isTooLarge || isLeftOut ? EMPTY : json,
            topologicalPosition: event.topologicalPosition ?? 0,
            stateBefore: event.stateBefore ?? 0,
            stateAfter: event.stateAfter ?? 0,
            redactedBy: redactedBy[0] ?? '',
            transactionId: row.transactionId ?? '',
            senderDeviceId: row.senderDeviceId ?? '',
            unreadFlags: unreadFlagsOf(event.unread),
            threadId: event.unread?.threadId ?? '',
          },
    body: isTooLarge ? EMPTY : body,
  };
}

/** As `LoggedEvent.unread_flags` has them. */
function unreadFlagsOf(unread: EventUnread | undefined): number {
  if (unread === undefined) return 0;
  return Number(unread.notifies) | (Number(unread.highlights) << 1) | (Number(unread.arrives) << 2);
}

const EMPTY = Buffer.alloc(0);
