import { MatrixError } from '@plexus/matrix-base';
import type { ClientEvent } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import { requireEventId } from '../rooms/check-identifiers.ts';
import type { FindVisibleEvent } from './find-visible-event.ts';
import { eventNotFound } from './find-visible-event.ts';
import type { ReadRoomAccess } from './room-access.ts';
import type { ShowEvents } from './show-events.ts';

/** Reads one event (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomideventeventid). */
export class GetEvent {
  readonly #access: ReadRoomAccess;
  readonly #findEvent: FindVisibleEvent;
  readonly #showEvents: ShowEvents;

  constructor(access: ReadRoomAccess, findEvent: FindVisibleEvent, showEvents: ShowEvents) {
    this.#access = access;
    this.#findEvent = findEvent;
    this.#showEvents = showEvents;
  }

  /** Throws 404 where there is no such event, or the user may not see it. */
  async execute(requester: Requester, roomId: string, eventId: string): Promise<ClientEvent> {
    requireEventId(eventId);
    const access = await this.#findAccess(requester.userId, roomId);
    const found = await this.#findEvent.execute(access, eventId);
    const [event] = await this.#showEvents.format(requester, access, [found]);
    if (event === undefined) throw eventNotFound();
    return event;
  }

  /** The specification answers 404 here where other endpoints answer 403. */
  async #findAccess(userId: string, roomId: string): ReturnType<ReadRoomAccess['execute']> {
    try {
      return await this.#access.execute(userId, roomId);
    } catch (error) {
      if (error instanceof MatrixError && error.httpStatus === 403) throw eventNotFound();
      throw error;
    }
  }
}
