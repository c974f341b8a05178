import { MatrixError } from '@plexus/matrix-base';
import type { ClientEvent } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { RoomReader } from '@plexus/storage';
import { requireEventId } from '../rooms/check-identifiers.ts';
import { eventNotFound } from './find-visible-event.ts';
import type { GetEvent } from './get-event.ts';

/** Reads one event of which the room is not named (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3eventseventid). */
export class GetEventById {
  readonly #rooms: Pick<RoomReader, 'findRoomsOfEvent'>;
  readonly #getEvent: GetEvent;

  constructor(rooms: Pick<RoomReader, 'findRoomsOfEvent'>, getEvent: GetEvent) {
    this.#rooms = rooms;
    this.#getEvent = getEvent;
  }

  /** Throws 404 where there is no such event, or the user may not see it. */
  async execute(requester: Requester, eventId: string): Promise<ClientEvent> {
    requireEventId(eventId);
    // @NOTE Ids of room versions 1 and 2 are chosen by servers: there may be one in several rooms.
    for (const roomId of await this.#rooms.findRoomsOfEvent(eventId)) {
      try {
        return await this.#getEvent.execute(requester, roomId, eventId);
      } catch (error) {
        if (!(error instanceof MatrixError) || error.httpStatus !== 404) throw error;
      }
    }
    throw eventNotFound();
  }
}
