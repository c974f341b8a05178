import { MatrixError } from '@plexus/matrix-base';
import { readEvent } from '@plexus/room-view';
import type { EventAt, EventAtFinder, EventAtQuery } from '@plexus/room-view';
import type { Parties } from '../authentication/parties.ts';
import type { RoomDoor } from '../rooms/room-door.ts';

/** Finds the event nearest to a time (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1timestamp_to_eventroomid). */
export class FindEventAt {
  readonly #door: RoomDoor;
  readonly #finder: EventAtFinder;

  constructor(door: RoomDoor, finder: EventAtFinder) {
    this.#door = door;
    this.#finder = finder;
  }

  /** Throws as `RoomDoor.forResident` does, and 404 where there is no event of that side of the time. */
  async execute(parties: Parties, roomId: string, query: EventAtQuery): Promise<EventAt> {
    const room = await this.#door.forResident(parties, roomId);
    const found = await this.#finder.find(room, query, (page) =>
      page.map((stored) => readEvent(stored, room.roomVersion)),
    );
    if (found !== undefined) return found;
    const where = query.direction === 'forwards' ? 'after' : 'before';
    throw new MatrixError('M_NOT_FOUND', 404, `No event ${where} ${query.timestamp} was found`);
  }
}
