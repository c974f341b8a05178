import { isEventId, MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { RoomHistoryReader, RoomReader } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { RoomDoor } from '../rooms/room-door.ts';
import { answerWithPdus } from './answer-with-pdus.ts';
import type { ShowPdus } from './show-pdus.ts';

export interface GetEventPorts {
  readonly door: RoomDoor;
  readonly rooms: Pick<RoomReader, 'findEventsById'>;
  readonly history: Pick<RoomHistoryReader, 'findRoomOfEvent'>;
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
    const { door, rooms, history, showPdus, clock } = this.#ports;
    const roomId = isEventId(eventId) ? await history.findRoomOfEvent(eventId) : undefined;
    if (roomId === undefined) throw eventNotFound();
    const room = await door.forResident(parties, roomId);
    const stored = (await rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    if (stored === undefined || stored.status === 'rejected') throw eventNotFound();
    const pdus = await showPdus.forServer(room, [stored], parties.origin);
    return answerWithPdus(pdus, { origin: parties.destination, now: clock.now() });
  }
}

export function eventNotFound(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Could not find event');
}
