import { MatrixError } from '@plexus/matrix-base';
import { EventAtFinder } from '@plexus/room-view';
import type { EventAt, EventAtQuery } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';
import type { FetchEventAt } from './fetch-event-at.ts';
import type { RoomAccess, RoomAccessReader } from './room-access.ts';
import type { ShowEvents } from './show-events.ts';

export interface EventAtRequest extends EventAtQuery {
  readonly roomId: string;
}

export interface FindEventAtPorts {
  readonly access: RoomAccessReader;
  readonly rooms: Pick<RoomReader, 'pageTimeline'>;
  readonly showEvents: ShowEvents;
  readonly fetch: Pick<FetchEventAt, 'execute'>;
}

/** Finds the event nearest to a time (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event). */
export class FindEventAt {
  readonly #access: RoomAccessReader;
  readonly #finder: EventAtFinder;
  readonly #showEvents: ShowEvents;
  readonly #fetch: Pick<FetchEventAt, 'execute'>;

  constructor({ access, rooms, showEvents, fetch }: FindEventAtPorts) {
    this.#access = access;
    this.#finder = new EventAtFinder(rooms);
    this.#showEvents = showEvents;
    this.#fetch = fetch;
  }

  /** Throws 404 where no event of that side of the time is there to be seen. */
  async execute(userId: string, request: EventAtRequest): Promise<EventAt> {
    const access = await this.#access.execute(userId, request.roomId);
    const here = await this.#find(access, request);
    const found = (await this.#fetch.execute(access, request, here)) ? await this.#find(access, request) : here;
    if (found !== undefined) return found;
    const where = request.direction === 'forwards' ? 'after' : 'before';
    throw new MatrixError('M_NOT_FOUND', 404, `No event ${where} ${request.timestamp} was found`);
  }

  #find(access: RoomAccess, request: EventAtRequest): Promise<EventAt | undefined> {
    return this.#finder.find(access.room, request, async (page) => {
      const visible = await this.#showEvents.filterVisible(access, page);
      return visible.map(({ shown }) => shown.event);
    });
  }
}
