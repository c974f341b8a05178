import { MatrixError } from '@plexus/matrix-base';
import type { ClientEvent } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { RoomReader } from '@plexus/storage';
import { requireEventId } from '../rooms/check-identifiers.ts';
import type { ReadRoomAccess } from './room-access.ts';
import type { ShowEvents } from './show-events.ts';

/** Reads one event (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomideventeventid). */
export class GetEvent {
  readonly #access: ReadRoomAccess;
  readonly #rooms: Pick<RoomReader, 'findEventsById'>;
  readonly #showEvents: ShowEvents;

  constructor(access: ReadRoomAccess, rooms: Pick<RoomReader, 'findEventsById'>, showEvents: ShowEvents) {
    this.#access = access;
    this.#rooms = rooms;
    this.#showEvents = showEvents;
  }

  /** Throws 404 where there is no such event, or the user may not see it. */
  async execute(requester: Requester, roomId: string, eventId: string): Promise<ClientEvent> {
    requireEventId(eventId);
    const access = await this.#findAccess(requester.userId, roomId);
    const { room } = access;
    const stored = (await this.#rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    if (stored === undefined || stored.status !== 'accepted' || stored.topologicalPosition === undefined)
      throw notFound();
    const visible = await this.#showEvents.filterVisible(access, [stored]);
    const [event] = await this.#showEvents.format(requester, room, visible);
    if (event === undefined) throw notFound();
    return event;
  }

  /** The specification answers 404 here where other endpoints answer 403. */
  async #findAccess(userId: string, roomId: string): ReturnType<ReadRoomAccess['execute']> {
    try {
      return await this.#access.execute(userId, roomId);
    } catch (error) {
      if (error instanceof MatrixError && error.httpStatus === 403) throw notFound();
      throw error;
    }
  }
}

function notFound(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Event not found');
}
