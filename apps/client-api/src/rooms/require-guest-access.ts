import { MatrixError } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { RoomReader } from '@plexus/storage';

/** Decides whether guests may be in a room: only where `m.room.guest_access` is `can_join` (https://spec.matrix.org/v1.19/client-server-api/#guest-access). */
export class RequireGuestAccess {
  readonly #rooms: Pick<RoomReader, 'findRoom'>;
  readonly #states: RoomState;

  constructor(rooms: Pick<RoomReader, 'findRoom'>, states: RoomState) {
    this.#rooms = rooms;
    this.#states = states;
  }

  /** Throws 403 `M_GUEST_ACCESS_FORBIDDEN`. */
  async execute(roomId: string): Promise<void> {
    if (await this.isOpen(roomId)) return;
    throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests cannot join this room');
  }

  async isOpen(roomId: string): Promise<boolean> {
    const room = await this.#rooms.findRoom(roomId);
    const key = { type: 'm.room.guest_access', stateKey: '' };
    const event = room && (await this.#states.find(room, room.currentRoot, key));
    return event?.content['guest_access'] === 'can_join';
  }
}
