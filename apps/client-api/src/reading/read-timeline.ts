import { matchesEventFilter, matchesRoom } from '@plexus/matrix-api';
import type { RoomEventFilter } from '@plexus/matrix-api';
import { lowerBound, placeAfter, placeBefore } from '@plexus/room-view';
import type { RoomReader, StoredEvent, TimelinePlace } from '@plexus/storage';
import type { RoomAccess } from './room-access.ts';
import type { ShowEvents, VisibleEvent } from './show-events.ts';

export type Direction = 'backwards' | 'forwards';

export interface TimelineRange {
  readonly direction: Direction;
  readonly from: TimelinePlace;
  readonly to?: TimelinePlace | undefined;
}

/** What of a range is wanted. */
export interface Wanted {
  readonly filter: RoomEventFilter;
  readonly limit: number;
}

/** A stretch of the timeline: what of it is shown, and where it ends if there may be more. */
export interface Stretch {
  /** In the order of the direction. */
  readonly events: VisibleEvent[];
  readonly next: TimelinePlace | undefined;
}

/** Events that one request looks at, where few of them may be shown; the client goes on from where that ends. */
const MAX_LOOKED_AT = 2_000;

/** Reads stretches of a room's timeline: what its reader may see and their filter lets through. */
export class ReadTimeline {
  readonly #rooms: Pick<RoomReader, 'pageTimeline'>;
  readonly #showEvents: ShowEvents;

  constructor(rooms: Pick<RoomReader, 'pageTimeline'>, showEvents: ShowEvents) {
    this.#rooms = rooms;
    this.#showEvents = showEvents;
  }

  async execute(access: RoomAccess, range: TimelineRange, { filter, limit }: Wanted): Promise<Stretch> {
    if (limit === 0) return { events: [], next: range.from };
    if (!matchesRoom(access.room.roomId, filter)) return { events: [], next: undefined };
    const events: VisibleEvent[] = [];
    let { from } = range;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT;) {
      const page = await this.#page(access, { ...range, from }, limit);
      lookedAt += page.length;
      const seen = await this.#showEvents.filterVisible(access, inTimelineOrder(page, range.direction));
      const fitting = seen.filter(({ shown }) => matchesEventFilter(shown.event, filter));
      for (const event of range.direction === 'backwards' ? fitting.reverse() : fitting) {
        events.push(event);
        if (events.length === limit) return { events, next: placeBeyond(event.stored, range.direction) };
      }
      const last = page.at(-1);
      if (page.length < limit || last === undefined) return { events, next: undefined };
      from = placeBeyond(last, range.direction);
    }
    return { events, next: from };
  }

  #page({ room }: RoomAccess, { direction, from, to }: TimelineRange, limit: number): Promise<StoredEvent[]> {
    const { shard, roomNid } = room;
    const isBackwards = direction === 'backwards';
    return this.#rooms.pageTimeline({
      shard,
      roomNid,
      direction,
      limit,
      from: isBackwards ? from : lowerBound(from),
      ...(to !== undefined && { to: isBackwards ? lowerBound(to) : to }),
    });
  }
}

function inTimelineOrder(page: readonly StoredEvent[], direction: Direction): readonly StoredEvent[] {
  return direction === 'backwards' ? page.toReversed() : page;
}

/** Where a direction goes on behind an event. */
export function placeBeyond(event: StoredEvent, direction: Direction): TimelinePlace {
  return direction === 'backwards' ? placeBefore(event) : placeAfter(event);
}
