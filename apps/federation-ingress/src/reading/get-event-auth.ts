import type { RoomReader } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { OriginSlots } from '../rooms/origin-slots.ts';
import type { RoomDoor } from '../rooms/room-door.ts';
import { eventNotFound } from './get-event.ts';
import type { ShowPdus } from './show-pdus.ts';
import { AuthCitations } from './snapshot-reader.ts';
import type { SnapshotReader } from './snapshot-reader.ts';

export interface GetEventAuthPorts {
  readonly door: RoomDoor;
  readonly rooms: Pick<RoomReader, 'findEventsById'>;
  readonly snapshots: Pick<SnapshotReader, 'authChain'>;
  readonly showPdus: ShowPdus;
  readonly largeReads: OriginSlots;
}

/** What authorizes an event, recursively (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1event_authroomideventid). */
export class GetEventAuth {
  readonly #ports: GetEventAuthPorts;

  constructor(ports: GetEventAuthPorts) {
    this.#ports = ports;
  }

  /** JSON. Throws 404 and 403 as `RoomDoor` does, and 404 where the event is not known; 429 as `OriginSlots` does. */
  execute(parties: Parties, roomId: string, eventId: string): Promise<string> {
    return this.#ports.largeReads.run(parties.origin, () => this.#read(parties, roomId, eventId));
  }

  async #read(parties: Parties, roomId: string, eventId: string): Promise<string> {
    const { door, rooms, snapshots, showPdus } = this.#ports;
    const room = await door.forResident(parties, roomId);
    const stored = (await rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    if (stored === undefined) throw eventNotFound();
    const citing = new AuthCitations(room);
    citing.add([stored]);
    const chain: string[] = [];
    for await (const page of snapshots.authChain(room, citing)) chain.push(...(await showPdus.inFull(room, page)));
    return `{"auth_chain":[${chain.join(',')}]}`;
  }
}
