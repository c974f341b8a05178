import { readEvent } from '@plexus/room-view';
import type { StateReader } from '@plexus/room-view';
import type { RoomReader, RoomRecord, StoredEvent, UserRoom } from '@plexus/storage';

/** Finds what of a room's memberships of a user they said themselves: each may show another name and picture. */
export class OwnMemberships {
  readonly #rooms: Pick<RoomReader, 'findRoom' | 'findEventsById' | 'findEvents'>;
  readonly #states: Pick<StateReader, 'lookup'>;

  constructor(
    rooms: Pick<RoomReader, 'findRoom' | 'findEventsById' | 'findEvents'>,
    states: Pick<StateReader, 'lookup'>,
  ) {
    this.#rooms = rooms;
    this.#states = states;
  }

  /**
   * Ids of the events that are not redacted, from the present membership back: what each one replaced stands in the state before it. It ends where history
   * does.
   */
  async *list({ userId, roomId, eventId }: UserRoom): AsyncGenerator<string> {
    const room = await this.#rooms.findRoom(roomId);
    if (room === undefined) return;
    const present = await this.#rooms.findEventsById(room.shard, room.roomNid, [eventId]);
    for (let stored = present.get(eventId); stored !== undefined; stored = await this.#before(room, userId, stored)) {
      const { sender } = readEvent(stored, room.roomVersion);
      if (sender === userId && stored.redactedBy.length === 0) yield stored.eventId;
    }
  }

  async #before(room: RoomRecord, userId: string, { stateBefore }: StoredEvent): Promise<StoredEvent | undefined> {
    if (stateBefore === undefined) return undefined;
    const [nid] = (await this.#states.lookup(room, stateBefore, [{ type: 'm.room.member', stateKey: userId }])) ?? [];
    return nid === undefined ? undefined : (await this.#rooms.findEvents(room.shard, [nid])).get(nid);
  }
}
