import { MatrixError } from '@plexus/matrix-base';
import type { RoomReader } from '@plexus/storage';
import { requireEventId } from '../rooms/check-identifiers.ts';
import type { RoomAccess } from './room-access.ts';
import type { ShowEvents, VisibleEvent } from './show-events.ts';

/** Finds an event of a room that its reader may see. */
export class FindVisibleEvent {
  readonly #rooms: Pick<RoomReader, 'findEventsById'>;
  readonly #showEvents: ShowEvents;

  constructor(rooms: Pick<RoomReader, 'findEventsById'>, showEvents: ShowEvents) {
    this.#rooms = rooms;
    this.#showEvents = showEvents;
  }

  /** Throws `M_INVALID_PARAM` for what is no event id, and 404 where there is no such event or the user may not see it. */
  async execute(access: RoomAccess, eventId: string): Promise<VisibleEvent> {
    requireEventId(eventId);
    const { shard, roomNid } = access.room;
    const stored = (await this.#rooms.findEventsById(shard, roomNid, [eventId])).get(eventId);
    if (stored === undefined || stored.status !== 'accepted' || stored.topologicalPosition === undefined)
      throw eventNotFound();
    const [event] = await this.#showEvents.filterVisible(access, [stored]);
    if (event === undefined) throw eventNotFound();
    return event;
  }
}

export function eventNotFound(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Event not found');
}
