import type { ClientEvent } from '@plexus/room-dag';
import { lowerBound } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { RelationReader, RoomReader, StoredEvent, TimelinePlace } from '@plexus/storage';
import type { FindVisibleEvent } from './find-visible-event.ts';
import type { Direction, Stretch } from './read-timeline.ts';
import { placeBeyond } from './read-timeline.ts';
import type { ReadRoomAccess, RoomAccess } from './room-access.ts';
import type { ShowEvents, VisibleEvent } from './show-events.ts';
import { firstPlace } from './timeline-place.ts';
import type { TimelinePlaces } from './timeline-place.ts';

export interface RelationsRequest {
  readonly roomId: string;
  readonly eventId: string;
  readonly relationType: string | undefined;
  readonly eventType: string | undefined;
  readonly direction: Direction;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: number;
  /** Nothing: not asked for. */
  readonly recurse: boolean | undefined;
}

export interface RelationsResponse {
  readonly chunk: ClientEvent[];
  readonly next_batch?: string;
  readonly prev_batch?: string;
  readonly recursion_depth?: number;
}

export interface ListRelationsPorts {
  readonly rooms: Pick<RoomReader, 'findEvents'>;
  readonly relations: Pick<RelationReader, 'pageRelations'>;
  readonly places: TimelinePlaces;
  readonly findEvent: FindVisibleEvent;
}

interface Range {
  readonly from: TimelinePlace;
  readonly to: TimelinePlace | undefined;
}

const MAX_LIMIT = 1_000;
const MAX_LOOKED_AT = 2_000;
/** The specification wants three levels at least. */
const DEPTH = 3;

/** Lists the events that relate to one (https://spec.matrix.org/v1.19/client-server-api/#relationships-api). */
export class ListRelations {
  readonly #access: ReadRoomAccess;
  readonly #ports: ListRelationsPorts;
  readonly #showEvents: ShowEvents;

  constructor(access: ReadRoomAccess, ports: ListRelationsPorts, showEvents: ShowEvents) {
    this.#access = access;
    this.#ports = ports;
    this.#showEvents = showEvents;
  }

  /** Throws 404 where there is no such event, or the user may not see it. */
  async execute(requester: Requester, request: RelationsRequest): Promise<RelationsResponse> {
    const access = await this.#access.execute(requester.userId, request.roomId);
    await this.#ports.findEvent.execute(access, request.eventId);
    const { places } = this.#ports;
    const range = {
      from: request.from === undefined ? firstPlace(request.direction) : await places.decode(access.room, request.from),
      to: request.to === undefined ? undefined : await places.decode(access.room, request.to),
    };
    const { events, next } = await this.#collect(access, range, request);
    const chunk = await this.#showEvents.format(requester, access, events);
    return {
      chunk,
      ...(next !== undefined && { next_batch: await places.encode(next) }),
      ...(request.from !== undefined && { prev_batch: request.from }),
      ...(request.recurse !== undefined && { recursion_depth: depthOf(request) }),
    };
  }

  async #collect(access: RoomAccess, range: Range, request: RelationsRequest): Promise<Stretch> {
    const limit = Math.min(request.limit, MAX_LIMIT);
    if (limit === 0) return { events: [], next: range.from };
    const events: VisibleEvent[] = [];
    let { from } = range;
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT;) {
      const page = await this.#page(access, { ...range, from }, { ...request, limit });
      lookedAt += page.length;
      for (const event of await this.#filterVisible(access, page, request.direction)) {
        events.push(event);
        if (events.length === limit) return { events, next: placeBeyond(event.stored, request.direction) };
      }
      const last = page.at(-1);
      if (page.length < limit || last === undefined) return { events, next: undefined };
      from = placeBeyond(last, request.direction);
    }
    return { events, next: from };
  }

  async #page({ room }: RoomAccess, { from, to }: Range, request: RelationsRequest): Promise<StoredEvent[]> {
    const { shard, roomNid } = room;
    const { eventId, relationType, eventType, direction, limit } = request;
    const isBackwards = direction === 'backwards';
    const nids = await this.#ports.relations.pageRelations({
      shard,
      roomNid,
      parentEventId: eventId,
      relationType,
      eventType,
      depth: depthOf(request),
      direction,
      from: isBackwards ? from : lowerBound(from),
      to: to !== undefined && isBackwards ? lowerBound(to) : to,
      limit,
    });
    const found = await this.#ports.rooms.findEvents(shard, nids);
    return nids.flatMap((nid) => found.get(nid) ?? []);
  }

  /** A redacted event relates to nothing any more. */
  async #filterVisible(
    access: RoomAccess,
    page: readonly StoredEvent[],
    direction: Direction,
  ): Promise<VisibleEvent[]> {
    const isBackwards = direction === 'backwards';
    const seen = await this.#showEvents.filterVisible(access, isBackwards ? page.toReversed() : page);
    const related = seen.filter(({ shown }) => shown.redactedBecause === undefined);
    return isBackwards ? related.reverse() : related;
  }
}

function depthOf({ recurse }: RelationsRequest): number {
  return recurse === true ? DEPTH : 1;
}
