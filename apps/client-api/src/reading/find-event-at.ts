import { MatrixError } from '@plexus/matrix-base';
import { readEvent } from '@plexus/room-view';
import type { RoomReader, RoomRecord, StoredEvent, TimelinePlace } from '@plexus/storage';
import type { Direction } from './read-timeline.ts';
import { placeBeyond } from './read-timeline.ts';
import type { RoomAccess, RoomAccessReader } from './room-access.ts';
import type { ShowEvents } from './show-events.ts';
import { lowerBound, placeAfter, placeBefore } from './timeline-place.ts';

export interface EventAtRequest {
  readonly roomId: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly direction: Direction;
}

export interface EventAt {
  readonly eventId: string;
  readonly originServerTs: number;
}

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
export class FindEventAt {
  readonly #access: RoomAccessReader;
  readonly #rooms: Pick<RoomReader, 'pageTimeline'>;
  readonly #showEvents: ShowEvents;

  constructor(access: RoomAccessReader, rooms: Pick<RoomReader, 'pageTimeline'>, showEvents: ShowEvents) {
    this.#access = access;
    this.#rooms = rooms;
    this.#showEvents = showEvents;
  }

  /** Throws 404 where no event of that side of the time is there to be seen. */
  async execute(userId: string, request: EventAtRequest): Promise<EventAt> {
    const access = await this.#access.execute(userId, request.roomId);
    let from = await this.#findStart(access.room, request);
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT;) {
      const page = await this.#page(access.room, request.direction, from);
      const found = await this.#findNearest(access, page, request);
      if (found !== undefined) return found;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      lookedAt += page.length;
      from = placeBeyond(last, request.direction);
    }
    const where = request.direction === 'forwards' ? 'after' : 'before';
    throw new MatrixError('M_NOT_FOUND', 404, `No event ${where} ${request.timestamp} was found`);
  }

  /** Where to begin looking in a direction: a little before the events of that time. */
  async #findStart(room: RoomRecord, { timestamp, direction }: EventAtRequest): Promise<TimelinePlace> {
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
      if (event === undefined || timeOf(event, room) >= timestamp) high = middle;
      else low = Math.max(middle, event.topologicalPosition ?? 0) + 1;
    }
    return { topologicalPosition: low, eventNid: 0 };
  }

  async #firstFrom({ shard, roomNid }: RoomRecord, topologicalPosition: number): Promise<StoredEvent | undefined> {
    const from = { topologicalPosition, eventNid: -1 };
    const [event] = await this.#rooms.pageTimeline({ shard, roomNid, from, direction: 'forwards', limit: 1 });
    return event;
  }

  #page({ shard, roomNid }: RoomRecord, direction: Direction, place: TimelinePlace): Promise<StoredEvent[]> {
    const from = direction === 'forwards' ? lowerBound(place) : place;
    return this.#rooms.pageTimeline({ shard, roomNid, from, direction, limit: PAGE });
  }

  async #findNearest(
    access: RoomAccess,
    page: readonly StoredEvent[],
    { timestamp, direction }: EventAtRequest,
  ): Promise<EventAt | undefined> {
    const isForwards = direction === 'forwards';
    const inOrder = isForwards ? page : page.toReversed();
    const seen = await this.#showEvents.filterVisible(access, inOrder);
    const events = isForwards ? seen : seen.toReversed();
    const onSide = events
      .map(({ shown }) => shown.event)
      .filter(({ originServerTs }) => (isForwards ? originServerTs >= timestamp : originServerTs <= timestamp));
    const nearest = onSide.toSorted(
      (a, b) => Math.abs(a.originServerTs - timestamp) - Math.abs(b.originServerTs - timestamp),
    )[0];
    return nearest && { eventId: nearest.eventId, originServerTs: nearest.originServerTs };
  }
}

function timeOf(event: StoredEvent, { roomVersion }: RoomRecord): number {
  return readEvent(event, roomVersion).originServerTs;
}
