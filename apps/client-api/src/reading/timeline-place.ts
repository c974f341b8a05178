import { MatrixError } from '@plexus/matrix-base';
import { decodeSyncToken, decodeTimelineToken, encodeTimelineToken } from '@plexus/matrix-api';
import type { RoomLogPositionReader, RoomReader, RoomRecord, StoredEvent, TimelinePlace } from '@plexus/storage';
import { placeAfter } from '@plexus/room-view';

/** After the newest event. */
const END: TimelinePlace = { topologicalPosition: Number.MAX_SAFE_INTEGER, eventNid: Number.MAX_SAFE_INTEGER };
/** Before the oldest event. */
const START: TimelinePlace = { topologicalPosition: 0, eventNid: 0 };

/** Where a timeline begins for a direction. */
export function firstPlace(direction: 'backwards' | 'forwards'): TimelinePlace {
  return direction === 'backwards' ? END : START;
}

/** Whether an event comes after a place. */
export function isAfter(event: StoredEvent, { topologicalPosition, eventNid }: TimelinePlace): boolean {
  const position = event.topologicalPosition ?? 0;
  return position > topologicalPosition || (position === topologicalPosition && event.eventNid >= eventNid);
}

/** Writes and reads the tokens that name a place in a room's timeline: those of timelines, and those of `/sync`. */
export class TimelinePlaces {
  readonly #rooms: Pick<RoomReader, 'readLog'>;
  readonly #log: Pick<RoomLogPositionReader, 'readGeneration'>;

  constructor(rooms: Pick<RoomReader, 'readLog'>, log: Pick<RoomLogPositionReader, 'readGeneration'>) {
    this.#rooms = rooms;
    this.#log = log;
  }

  async encode(place: TimelinePlace): Promise<string> {
    return encodeTimelineToken({ ...place, generation: await this.#log.readGeneration() });
  }

  /** Throws `M_INVALID_PARAM` for a text that is no token, and for a token of another generation: its place may be lost. */
  async decode(room: RoomRecord, text: string): Promise<TimelinePlace> {
    const token = decodeTimelineToken(text) ?? decodeSyncToken(text);
    if (token === undefined) throw invalid('Invalid pagination token');
    const { generation, ...place } = token;
    if (generation !== (await this.#log.readGeneration())) {
      throw invalid('The pagination token is of a time before or after the server was restored');
    }
    if (!('positions' in place)) return place;
    const position = place.positions[room.shard];
    if (position === undefined) throw invalid('The pagination token is of another deployment');
    return this.#placeAt(room, position);
  }

  /** After the newest event of the room up to a position of its shard's log. */
  async #placeAt(room: RoomRecord, position: number): Promise<TimelinePlace> {
    for (let upTo = position; upTo > 0;) {
      const { shard, roomNid } = room;
      const [row] = await this.#rooms.readLog({ shard, roomNid, after: 0, upTo, limit: 1, order: 'descending' });
      if (row === undefined) return START;
      if (row.event !== undefined) return placeAfter(row.event);
      upTo = row.position - 1;
    }
    return START;
  }
}

function invalid(because: string): MatrixError {
  return new MatrixError('M_INVALID_PARAM', 400, because);
}
