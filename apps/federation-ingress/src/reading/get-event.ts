import { isEventId, MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { RoomReader, StoredEvent } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { RoomDoor } from '../rooms/room-door.ts';
import { answerWithPdus } from './answer-with-pdus.ts';
import type { ShowPdus } from './show-pdus.ts';

export interface GetEventPorts {
  readonly door: RoomDoor;
  readonly rooms: Pick<RoomReader, 'findEventsById' | 'findRoomsAs' | 'findRoomsOfEvent'>;
  readonly showPdus: ShowPdus;
  readonly clock: Pick<Clock, 'now'>;
}

/** One event (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1eventeventid). */
export class GetEvent {
  readonly #ports: GetEventPorts;

  constructor(ports: GetEventPorts) {
    this.#ports = ports;
  }

  /** JSON. Throws 404 where there is no such event in a room of the addressed server, 403 where the asking one may not have it. */
  async execute(parties: Parties, eventId: string): Promise<string> {
    const { door, rooms, showPdus, clock } = this.#ports;
    const roomId = isEventId(eventId) ? await this.#findRoom(parties, eventId) : undefined;
    if (roomId === undefined) throw eventNotFound();
    const room = await door.forResident(parties, roomId);
    const stored = (await rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    if (stored === undefined || stored.status === 'rejected' || isWithoutContent(stored)) throw eventNotFound();
    const pdus = await showPdus.forServer(room, [stored], parties.origin);
    return answerWithPdus(pdus, { origin: parties.destination, now: clock.now() });
  }

  /** @NOTE Where servers chose the same id twice, the room in which the addressed server is. */
  async #findRoom({ destination }: Parties, eventId: string): Promise<string | undefined> {
    const [first, ...others] = await this.#ports.rooms.findRoomsOfEvent(eventId);
    if (first === undefined || others.length === 0) return first;
    const rooms = await this.#ports.rooms.findRoomsAs(destination, [first, ...others]);
    return [...rooms.values()].find(({ isResident }) => isResident)?.room.roomId ?? first;
  }
}

/**
 * Whether the event is stored redacted, though nothing here redacts it: another server may have its content.
 *
 * @NOTE Where history is walked it goes out in that form, as what is hidden does: its hash says that the content is not with it.
 */
function isWithoutContent({ isRedactedCopy, redactedBy }: StoredEvent): boolean {
  return isRedactedCopy === true && redactedBy.length === 0;
}

export function eventNotFound(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Could not find event');
}
