import { matchesEventFilter, matchesRoom } from '@plexus/matrix-api';
import type { RoomEventFilter } from '@plexus/matrix-api';
import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { RoomReader, StoredEvent, TimelinePlace } from '@plexus/storage';
import type { ReadRoomAccess, RoomAccess } from './room-access.ts';
import type { RoomState } from './room-state.ts';
import type { ShowEvents, VisibleEvent } from './show-events.ts';
import { encodePlace, firstPlace, lowerBound, placeAfter, placeBefore } from './timeline-place.ts';
import type { TimelinePlaces } from './timeline-place.ts';

export interface MessagesRequest {
  readonly roomId: string;
  readonly direction: 'backwards' | 'forwards';
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: number;
  readonly filter: RoomEventFilter;
}

export interface MessagesResponse {
  readonly start: string;
  readonly end?: string;
  readonly chunk: ClientEvent[];
  readonly state?: ClientEvent[];
}

export interface ListMessagesPorts {
  readonly rooms: Pick<RoomReader, 'pageTimeline'>;
  readonly places: TimelinePlaces;
  readonly states: RoomState;
}

const MAX_LIMIT = 1_000;
/** Events that one request looks at, where few of them may be shown; the client goes on from `end`. */
const MAX_LOOKED_AT = 2_000;

/** A stretch of the timeline: what of it is shown, and where it ends if there may be more. */
interface Stretch {
  readonly events: VisibleEvent[];
  readonly next: TimelinePlace | undefined;
}

interface Range {
  readonly direction: 'backwards' | 'forwards';
  readonly from: TimelinePlace;
  readonly to: TimelinePlace | undefined;
}

/** Pages through a room's history (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages). */
export class ListMessages {
  readonly #access: ReadRoomAccess;
  readonly #ports: ListMessagesPorts;
  readonly #showEvents: ShowEvents;

  constructor(access: ReadRoomAccess, ports: ListMessagesPorts, showEvents: ShowEvents) {
    this.#access = access;
    this.#ports = ports;
    this.#showEvents = showEvents;
  }

  async execute(requester: Requester, request: MessagesRequest): Promise<MessagesResponse> {
    const access = await this.#access.execute(requester.userId, request.roomId);
    const range = await this.#rangeOf(access, request);
    const { events, next } = await this.#collect(access, range, request);
    const chunk = await this.#showEvents.format(requester, access.room, events);
    const state = request.filter.lazy_load_members === true ? await this.#findMembers(access, events) : undefined;
    return {
      start: request.from ?? encodePlace(range.from),
      chunk,
      ...(next !== undefined && { end: encodePlace(next) }),
      ...(state !== undefined && { state }),
    };
  }

  async #rangeOf({ room }: RoomAccess, { direction, from, to }: MessagesRequest): Promise<Range> {
    const { places } = this.#ports;
    return {
      direction,
      from: from === undefined ? firstPlace(direction) : await places.decode(room, from),
      to: to === undefined ? undefined : await places.decode(room, to),
    };
  }

  async #collect(access: RoomAccess, range: Range, { filter, limit }: MessagesRequest): Promise<Stretch> {
    const wanted = Math.min(limit, MAX_LIMIT);
    if (wanted === 0) return { events: [], next: range.from };
    if (!matchesRoom(access.room.roomId, filter)) return { events: [], next: undefined };
    const events: VisibleEvent[] = [];
    let { from } = range;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT;) {
      const page = await this.#page(access, { ...range, from }, wanted);
      lookedAt += page.length;
      const seen = await this.#showEvents.filterVisible(access, inTimelineOrder(page, range.direction));
      const fitting = seen.filter(({ shown }) => matchesEventFilter(shown.event, filter));
      for (const event of range.direction === 'backwards' ? fitting.reverse() : fitting) {
        events.push(event);
        if (events.length === wanted) return { events, next: placeBeyond(event.stored, range.direction) };
      }
      const last = page.at(-1);
      if (page.length < wanted || last === undefined) return { events, next: undefined };
      from = placeBeyond(last, range.direction);
    }
    return { events, next: from };
  }

  #page({ room }: RoomAccess, { direction, from, to }: Range, limit: number): Promise<StoredEvent[]> {
    const { shard, roomNid } = room;
    const isBackwards = direction === 'backwards';
    return this.#ports.rooms.pageTimeline({
      shard,
      roomNid,
      direction,
      limit,
      from: isBackwards ? from : lowerBound(from),
      ...(to !== undefined && { to: isBackwards ? lowerBound(to) : to }),
    });
  }

  /** The memberships of those who sent the events, as of the first of them. */
  async #findMembers({ room }: RoomAccess, events: readonly VisibleEvent[]): Promise<ClientEvent[]> {
    const senders = new Set(events.map(({ shown }) => shown.event.sender));
    const keys = [...senders].map((stateKey) => ({ type: 'm.room.member', stateKey }));
    const root = events[0]?.stored.stateAfter;
    if (root === undefined) return [];
    return (await this.#ports.states.findMany(room, root, keys)).map((event) => toClientEvent(event));
  }
}

function inTimelineOrder(page: readonly StoredEvent[], direction: Range['direction']): readonly StoredEvent[] {
  return direction === 'backwards' ? page.toReversed() : page;
}

function placeBeyond(event: StoredEvent, direction: Range['direction']): TimelinePlace {
  return direction === 'backwards' ? placeBefore(event) : placeAfter(event);
}
