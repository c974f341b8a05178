import { createEventIdFromRoomId } from '@plexus/room-dag';
import type { RoomEvent } from '@plexus/room-dag';
import { INCOMPLETE } from '../commands/execution.ts';
import { checkByAuthEvents } from '../pdus/check-by-auth-events.ts';
import type { KnownEvents } from '../pdus/check-by-auth-events.ts';
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
  const events = new EventsOfPiece(edit);
  lookUp(events, piece);
  if (edit.isIncomplete) return { execution: INCOMPLETE };
  const before = edit.changes.events.length;
  const isOwn = ({ event }: StagedPdu): boolean => event.roomId === edit.sources.roomId;
  const places = piece.map((pdu) => (isOwn(pdu) ? storeOne(edit, { place, events }, pdu) : undefined));
  const deferred = piece.filter((pdu, index) => isOwn(pdu) && places[index] === undefined).length;
  const stored = edit.changes.events.length - before;
  return { execution: { outcome: 'settled' }, value: { stored, deferred, places } };
}

/** Looks each event up once for all of a piece that cites it: members cite the same three. */
class EventsOfPiece implements KnownEvents {
  readonly #room: KnownEvents;
  readonly #found = new Map<string, KnownEvent | undefined>();

  constructor(room: KnownEvents) {
    this.#room = room;
  }

  eventById(eventId: string): KnownEvent | undefined {
    const found = this.#found.get(eventId);
    return found !== undefined || this.#found.has(eventId) ? found : this.lookUp(eventId);
  }

  /** Anew: it has been stored since, or changed. */
  lookUp(eventId: string): KnownEvent | undefined {
    const known = this.#room.eventById(eventId);
    this.#found.set(eventId, known);
    return known;
  }
}

interface Storing {
  readonly place: LoadedRoom;
  readonly events: EventsOfPiece;
}

/** Nothing where it cites what is not stored. */
function storeOne(edit: RoomEdit, { place, events }: Storing, pdu: StagedPdu): KnownEvent | undefined {
  const { event, bytes, isRedactedCopy } = pdu;
  const { eventId } = event;
  const known = events.eventById(eventId);
  if (known !== undefined) {
    if (restoreCopy(edit, known, pdu)) events.lookUp(eventId);
    return known;
  }
  const authEvents = event.authEvents.map((cited) => events.eventById(cited)).filter((cited) => cited !== undefined);
  const implied = impliedBy(event);
  if (authEvents.length < event.authEvents.length) return undefined;
  if (implied !== undefined && events.eventById(implied) === undefined) return undefined;
  const status = checkByAuthEvents(events, event) === undefined ? 'accepted' : 'rejected';
  const stored = storeOutlier(edit, place.roomNid, { event, bytes, isRedactedCopy, status, authEvents });
  events.lookUp(eventId);
  return stored;
}

/** Notes at once what is missing for any of the piece. */
function lookUp(events: EventsOfPiece, piece: readonly StagedPdu[]): void {
  const own = new Set(piece.map(({ event }) => event.eventId));
  for (const { event } of piece) {
    events.eventById(event.eventId);
    const implied = impliedBy(event);
    if (implied !== undefined && !own.has(implied)) events.eventById(implied);
    for (const eventId of event.authEvents) if (!own.has(eventId)) events.eventById(eventId);
  }
}

/** From version 12 on no event cites the create event, and every event needs it. */
function impliedBy({ rules, roomId, type }: RoomEvent): string | undefined {
  return rules.createEventInAuthEvents || type === 'm.room.create' ? undefined : createEventIdFromRoomId(roomId);
}
