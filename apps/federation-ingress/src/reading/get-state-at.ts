import type { RoomReader, StoredEvent } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { OriginSlots } from '../rooms/origin-slots.ts';
import { requireWholeState } from '../rooms/room-door.ts';
import type { RoomDoor } from '../rooms/room-door.ts';
import { eventNotFound } from './get-event.ts';
import type { ShowPdus } from './show-pdus.ts';
import { AuthCitations } from './snapshot-reader.ts';
import type { SnapshotReader, SnapshotRoom } from './snapshot-reader.ts';

export interface GetStateAtPorts {
  readonly door: RoomDoor;
  readonly rooms: Pick<RoomReader, 'findEventsById'>;
  readonly snapshots: SnapshotReader;
  readonly showPdus: ShowPdus;
  readonly largeReads: OriginSlots;
}

export interface StateIds {
  readonly pdu_ids: readonly string[];
  readonly auth_chain_ids: readonly string[];
}

interface StateBefore {
  readonly room: SnapshotRoom;
  readonly root: number;
}

/** The state of a room before an event, with what authorizes it (https://spec.matrix.org/v1.19/server-server-api/#retrieving-events). */
export class GetStateAt {
  readonly #ports: GetStateAtPorts;

  constructor(ports: GetStateAtPorts) {
    this.#ports = ports;
  }

  /** Pieces of JSON. The promise throws 404 and 403 as `RoomDoor` does, and 404 where the event or the whole state before it is not known; 429 as
   * `OriginSlots` does. */
  async events(parties: Parties, roomId: string, eventId: string): Promise<AsyncIterableIterator<string>> {
    return this.#ports.largeReads.stream(parties.origin, async () =>
      this.#writeEvents(await this.#find(parties, roomId, eventId)),
    );
  }

  ids(parties: Parties, roomId: string, eventId: string): Promise<StateIds> {
    return this.#ports.largeReads.run(parties.origin, () => this.#readIds(parties, roomId, eventId));
  }

  async #readIds(parties: Parties, roomId: string, eventId: string): Promise<StateIds> {
    const { room, root } = await this.#find(parties, roomId, eventId);
    const { snapshots } = this.#ports;
    const citing = new AuthCitations(room);
    const pduIds: string[] = [];
    for await (const page of snapshots.state(room, root, 'all')) {
      citing.add(page);
      pduIds.push(...page.map(idOf));
    }
    const chainIds: string[] = [];
    for await (const page of snapshots.authChain(room, citing)) chainIds.push(...page.map(idOf));
    return { pdu_ids: pduIds, auth_chain_ids: chainIds };
  }

  async *#writeEvents({ room, root }: StateBefore): AsyncGenerator<string> {
    const { snapshots, showPdus } = this.#ports;
    const citing = new AuthCitations(room);
    yield '{"pdus":[';
    let separator = '';
    for await (const page of snapshots.state(room, root, 'all')) {
      if (page.length === 0) continue;
      citing.add(page);
      yield separator + (await showPdus.inFull(room, page)).join(',');
      separator = ',';
    }
    yield '],"auth_chain":[';
    separator = '';
    for await (const page of snapshots.authChain(room, citing)) {
      if (page.length === 0) continue;
      yield separator + (await showPdus.inFull(room, page)).join(',');
      separator = ',';
    }
    yield ']}';
  }

  async #find(parties: Parties, roomId: string, eventId: string): Promise<StateBefore> {
    const { door, rooms } = this.#ports;
    const room = requireWholeState(await door.forResident(parties, roomId));
    const stored = (await rooms.findEventsById(room.shard, room.roomNid, [eventId])).get(eventId);
    if (stored?.stateBefore === undefined) throw eventNotFound();
    return { room, root: stored.stateBefore };
  }
}

function idOf({ eventId }: StoredEvent): string {
  return eventId;
}
