import type { RoomEventFilter } from '@plexus/matrix-api';
import type { ClientEvent } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { FetchHistory } from './fetch-history.ts';
import { findSenders } from './find-senders.ts';
import type { Direction, ReadTimeline, Stretch, TimelineRange, Wanted } from './read-timeline.ts';
import type { RoomAccess, RoomAccessReader } from './room-access.ts';
import type { ShowEvents } from './show-events.ts';
import { firstPlace } from './timeline-place.ts';
import type { TimelinePlaces } from './timeline-place.ts';

export interface MessagesRequest {
  readonly roomId: string;
  readonly direction: Direction;
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
  readonly timeline: ReadTimeline;
  readonly places: TimelinePlaces;
  readonly states: RoomState;
  /** Nothing: only what is here is shown. */
  readonly history: FetchHistory | undefined;
}

const MAX_LIMIT = 1_000;

/** Pages through a room's history (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages). */
export class ListMessages {
  readonly #access: RoomAccessReader;
  readonly #ports: ListMessagesPorts;
  readonly #showEvents: ShowEvents;

  constructor(access: RoomAccessReader, ports: ListMessagesPorts, showEvents: ShowEvents) {
    this.#access = access;
    this.#ports = ports;
    this.#showEvents = showEvents;
  }

  async execute(requester: Requester, request: MessagesRequest): Promise<MessagesResponse> {
    const access = await this.#access.execute(requester.userId, request.roomId);
    const range = await this.#rangeOf(access, request);
    const wanted = { filter: request.filter, limit: Math.min(request.limit, MAX_LIMIT) };
    const { places } = this.#ports;
    const { events, next } = await this.#read(access, range, wanted);
    const chunk = await this.#showEvents.format(requester, access, events);
    const isLazy = request.filter.lazy_load_members === true;
    const root = events[0]?.stored.stateAfter;
    return {
      start: request.from ?? (await places.encode(range.from)),
      chunk,
      ...(next !== undefined && { end: await places.encode(next) }),
      ...(isLazy && { state: await findSenders(this.#ports.states, { room: access.room, root }, events) }),
    };
  }

  /** @NOTE Once for each request: a client that wants more comes back. */
  async #read(access: RoomAccess, range: TimelineRange, wanted: Wanted): Promise<Stretch> {
    const { timeline, history } = this.#ports;
    const here = await timeline.execute(access, range, wanted);
    if (range.direction === 'forwards' || history === undefined || wanted.limit === 0) return here;
    const hasMore = await history.execute(access, { from: range.from, downTo: here.next });
    return hasMore ? timeline.execute(access, range, wanted) : here;
  }

  async #rangeOf({ room }: RoomAccess, { direction, from, to }: MessagesRequest): Promise<TimelineRange> {
    const { places } = this.#ports;
    return {
      direction,
      from: from === undefined ? firstPlace(direction) : await places.decode(room, from),
      to: to === undefined ? undefined : await places.decode(room, to),
    };
  }
}
