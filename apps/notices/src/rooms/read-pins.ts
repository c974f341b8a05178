import type { RoomState } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';

export interface Pins {
  readonly pinned: readonly string[];
  /** Of the event that says so. */
  readonly eventId: string | undefined;
}

/** What is pinned in a room now (https://spec.matrix.org/v1.19/client-server-api/#mroompinned_events). */
export class ReadPins {
  readonly #rooms: Pick<RoomReader, 'findRoom'>;
  readonly #states: Pick<RoomState, 'find'>;

  constructor(rooms: Pick<RoomReader, 'findRoom'>, states: Pick<RoomState, 'find'>) {
    this.#rooms = rooms;
    this.#states = states;
  }

  async execute(roomId: string): Promise<Pins> {
    const room = await this.#rooms.findRoom(roomId);
    if (room === undefined) return { pinned: [], eventId: undefined };
    const event = await this.#states.find(room, room.currentRoot, { type: 'm.room.pinned_events', stateKey: '' });
    const pinned = event?.content['pinned'];
    return {
      pinned: Array.isArray(pinned) ? pinned.filter((one) => typeof one === 'string') : [],
      eventId: event?.eventId,
    };
  }
}
