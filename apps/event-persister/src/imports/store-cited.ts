import { createEventIdFromRoomId } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { INCOMPLETE } from '../commands/execution.ts';
import { checkByAuthEvents } from '../pdus/check-by-auth-events.ts';
import type { KnownEvent } from '../rooms/known-event.ts';
import type { RoomEdit } from '../rooms/room-edit.ts';
import { storeOutlier } from '../rooms/store-outlier.ts';
import { restoreCopy } from '../rooms/restore-copy.ts';
import type { LoadedRoom } from '../writing/room-loader.ts';
import type { PieceAttempt } from './import-item.ts';
import type { StagedPdu } from './staged-piece.ts';

/** An event that is stored. */
export type StoredPlace = Pick<KnownEvent, 'eventNid' | 'status'>;

export interface StoredPiece {
  readonly stored: number;
  /** Events that cite what is not stored: their turn may come when that is. */
  readonly deferred: number;
  /** In the order of the piece; nothing for what is not stored. */
  readonly places: readonly (StoredPlace | undefined)[];
}

/**
 * Stores events that others cite, or that are in a state from elsewhere, without a place: each is judged by the events that it cites itself
 * (the fourth check on receipt), and kept as rejected where they do not allow it.
 */
export function storeCited(edit: RoomEdit, place: LoadedRoom, piece: readonly StagedPdu[]): PieceAttempt<StoredPiece> {
  lookUp(edit, piece);
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  const before = edit.changes.events.length;
  const isOwn = ({ event }: StagedPdu): boolean => event.roomId === edit.sources.roomId;
  const places = piece.map((pdu) => (isOwn(pdu) ? storeOne(edit, place, pdu) : undefined));
  const deferred = piece.filter((pdu, index) => isOwn(pdu) && places[index] === undefined).length;
  const stored = edit.changes.events.length - before;
  return { execution: { outcome: 'settled' }, value: { stored, deferred, places } };
}

/** Nothing where it cites what is not stored. */
function storeOne(edit: RoomEdit, place: LoadedRoom, pdu: StagedPdu): KnownEvent | undefined {
  const { event, bytes, isRedactedCopy } = pdu;
  const known = edit.eventById(event.eventId);
  if (known !== undefined) {
    restoreCopy(edit, known, pdu);
    return known;
  }
  const cited = citedBy(event).map((eventId) => edit.eventById(eventId));
  const authEvents = cited.filter((known) => known !== undefined);
  if (authEvents.length < cited.length) return undefined;
  const status = checkByAuthEvents(edit, event) === undefined ? 'accepted' : 'rejected';
  const outlier = { event, bytes, isRedactedCopy, status, authEvents: namedBy(event, authEvents) } as const;
  return storeOutlier(edit, place.roomNid, outlier);
}

/** Notes at once what is missing for any of the piece. */
function lookUp(edit: RoomEdit, piece: readonly StagedPdu[]): void {
  const own = new Set(piece.map(({ event }) => event.eventId));
  for (const { event } of piece) {
    edit.eventById(event.eventId);
    for (const eventId of citedBy(event)) if (!own.has(eventId)) edit.eventById(eventId);
  }
}

/** From version 12 on no event cites the create event, and every event needs it. */
function citedBy(event: RoomEvent): string[] {
  const { rules, authEvents, roomId, type } = event;
  const isImplied = !rules.createEventInAuthEvents && type !== 'm.room.create';
  return [...new Set(isImplied ? [createEventIdFromRoomId(roomId), ...authEvents] : authEvents)];
}

function namedBy(event: RoomEvent, known: readonly KnownEvent[]): KnownEvent[] {
  const named = new Set(event.authEvents);
  return known.filter((cited) => named.has(cited.event.eventId));
}
