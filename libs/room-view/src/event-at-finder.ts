import type { RoomEvent } from '@plexus/room-dag';
import type { RoomReader, RoomRecord, StoredEvent, TimelinePlace } from '@plexus/storage';
import { readEvent } from './read-event.ts';
import { lowerBound, placeAfter, placeBefore } from './timeline-bounds.ts';

export interface EventAtQuery {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly direction: 'backwards' | 'forwards';
}

export interface EventAt {
  readonly eventId: string;
  readonly originServerTs: number;
}

/** Which of some events, oldest first, count. */
export type ShowPage = (page: readonly StoredEvent[]) => Promise<readonly RoomEvent[]> | readonly RoomEvent[];

/** Senders' clocks differ: so many events on the far side of the place that was found may lie nearer. */
const SLACK = 50;
const PAGE = 100;
const MAX_LOOKED_AT = 2_000;

/**
 * Finds the event nearest to a time (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event).
 *
 * @NOTE Timelines are ordered by the graph, not by time, and an index by time would make every send dearer. Times grow along the timeline but
 * for clocks that differ, so the place is found by halving, and the nearest event is chosen among those around it.
 */
export class EventAtFinder {
  readonly #rooms: Pick<RoomReader, 'pageTimeline'>;

  constructor(rooms: Pick<RoomReader, 'pageTimeline'>) {
    this.#rooms = rooms;
  }

  /** Nothing where no event of that side of the time counts. */
  async find(room: RoomRecord, query: EventAtQuery, show: ShowPage): Promise<EventAt | undefined> {
    let from = await this.#findStart(room, query);
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT;) {
      const page = await this.#page(room, query.direction, from);
      const isForwards = query.direction === 'forwards';
      const found = chooseNearest(await show(isForwards ? page : page.toReversed()), query);
      if (found !== undefined) return found;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      lookedAt += page.length;
      from = isForwards ? placeAfter(last) : placeBefore(last);
    }
    return undefined;
  }

  /** Where to begin looking in a direction: a little before the events of that time. */
  async #findStart(room: RoomRecord, { timestamp, direction }: EventAtQuery): Promise<TimelinePlace> {
    const place = await this.#halve(room, timestamp);
    const back = direction === 'forwards' ? 'backwards' : 'forwards';
    const { shard, roomNid } = room;
    const from = back === 'forwards' ? lowerBound(place) : place;
    const around = await this.#rooms.pageTimeline({ shard, roomNid, from, direction: back, limit: SLACK });
    const farthest = around.at(-1);
    if (farthest === undefined) return place;
    return direction === 'forwards' ? placeBefore(farthest) : placeAfter(farthest);
  }

  /** The place of the first event that is not before the time, if times only grew. */
  async #halve(room: RoomRecord, timestamp: number): Promise<TimelinePlace> {
    let [low, high] = [0, room.topologicalPosition + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const event = await this.#firstFrom(room, middle);
      if (event === undefined || readEvent(event, room.roomVersion).originServerTs >= timestamp) high = middle;
      else low = Math.max(middle, event.topologicalPosition ?? 0) + 1;
    }
    return { topologicalPosition: low, eventNid: 0 };
  }

  async #firstFrom({ shard, roomNid }: RoomRecord, topologicalPosition: number): Promise<StoredEvent | undefined> {
    const from = { topologicalPosition, eventNid: -1 };
    const [event] = await this.#rooms.pageTimeline({ shard, roomNid, from, direction: 'forwards', limit: 1 });
    return event;
  }

  #page({ shard, roomNid }: RoomRecord, direction: EventAtQuery['direction'], place: TimelinePlace) {
    const from = direction === 'forwards' ? lowerBound(place) : place;
    return this.#rooms.pageTimeline({ shard, roomNid, from, direction, limit: PAGE });
  }
}

/** Of several that are as near, the first in the direction. */
function chooseNearest(events: readonly RoomEvent[], { timestamp, direction }: EventAtQuery): EventAt | undefined {
  const isForwards = direction === 'forwards';
  const nearest = (isForwards ? events : events.toReversed())
    .filter(({ originServerTs }) => (isForwards ? originServerTs >= timestamp : originServerTs <= timestamp))
    .toSorted((a, b) => Math.abs(a.originServerTs - timestamp) - Math.abs(b.originServerTs - timestamp))[0];
  return nearest && { eventId: nearest.eventId, originServerTs: nearest.originServerTs };
}
