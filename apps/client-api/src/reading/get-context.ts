import { matchesEventFilter } from '@plexus/matrix-api';
import type { RoomEventFilter } from '@plexus/matrix-api';
import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import { findSenders } from './find-senders.ts';
import type { FindVisibleEvent } from './find-visible-event.ts';
import type { ReadSurroundings } from './read-surroundings.ts';
import type { RoomAccess, RoomAccessReader } from './room-access.ts';
import type { ShowEvents, VisibleEvent } from './show-events.ts';
import type { TimelinePlaces } from './timeline-place.ts';

export interface ContextRequest {
  readonly roomId: string;
  readonly eventId: string;
  readonly limit: number;
  readonly filter: RoomEventFilter;
}

export interface ContextResponse {
  readonly start: string;
  readonly end: string;
  readonly event: ClientEvent;
  /** Newest first. */
  readonly events_before: ClientEvent[];
  readonly events_after: ClientEvent[];
  readonly state: ClientEvent[];
}

export interface GetContextPorts {
  readonly findEvent: FindVisibleEvent;
  readonly surroundings: ReadSurroundings;
  readonly places: TimelinePlaces;
  readonly states: RoomState;
}

const MAX_LIMIT = 1_000;

/** Reads an event with what happened around it (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidcontexteventid). */
export class GetContext {
  readonly #access: RoomAccessReader;
  readonly #ports: GetContextPorts;
  readonly #showEvents: ShowEvents;

  constructor(access: RoomAccessReader, ports: GetContextPorts, showEvents: ShowEvents) {
    this.#access = access;
    this.#ports = ports;
    this.#showEvents = showEvents;
  }

  /** Throws 404 where there is no such event, or the user may not see it. */
  async execute(requester: Requester, request: ContextRequest): Promise<ContextResponse> {
    const { roomId, eventId, filter } = request;
    const access = await this.#access.execute(requester.userId, roomId);
    const found = await this.#ports.findEvent.execute(access, eventId);
    const limit = Math.min(request.limit, MAX_LIMIT);
    const wanted = { filter, before: Math.floor(limit / 2), after: Math.ceil(limit / 2) };
    const { before, after, start, end } = await this.#ports.surroundings.execute(access, found.stored, wanted);
    const all = [found, ...before, ...after];
    const [event, ...others] = await this.#showEvents.format(requester, access, all);
    if (event === undefined) throw new TypeError('The event itself is not among those that were formatted');
    return {
      start: await this.#ports.places.encode(start),
      end: await this.#ports.places.encode(end),
      event,
      events_before: others.slice(0, before.length),
      events_after: others.slice(before.length),
      state: await this.#readState(access, { last: after.at(-1) ?? found, events: all }, filter),
    };
  }

  /** The state at the last of the events; of the members only the senders, where they are loaded lazily. */
  async #readState(
    { room }: RoomAccess,
    { last, events }: { readonly last: VisibleEvent; readonly events: readonly VisibleEvent[] },
    filter: RoomEventFilter,
  ): Promise<ClientEvent[]> {
    const root = last.stored.stateAfter ?? 0;
    const isLazy = filter.lazy_load_members === true;
    const listed = await this.#ports.states.list(room, root, isLazy ? 'nonMembers' : 'all');
    const senders = isLazy ? await findSenders(this.#ports.states, { room, root }, events) : [];
    return [...listed.map((event) => toClientEvent(event)), ...senders].filter((event) =>
      matchesEventFilter(event, filter),
    );
  }
}
