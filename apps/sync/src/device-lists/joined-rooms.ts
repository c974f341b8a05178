import type { UserRoomReader } from '@plexus/storage';
import type { RoomTail } from '../log/room-tail.ts';

/** Which rooms users of hosted servers have joined, as the log has it: the projection of memberships, and what the tail has on top of it. */
export class JoinedRoomsReader {
  readonly #userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly #tail: Pick<RoomTail, 'recentMemberships'>;

  constructor(userRooms: Pick<UserRoomReader, 'findUserRooms'>, tail: Pick<RoomTail, 'recentMemberships'>) {
    this.#userRooms = userRooms;
    this.#tail = tail;
  }

  async read(userId: string): Promise<ReadonlySet<string>> {
    const rooms = await this.#userRooms.findUserRooms(userId);
    const known = new Map<string, { readonly membership: string; readonly position: number }>(
      rooms.map(({ roomId, membership, position }) => [roomId, { membership, position }]),
    );
    for (const { room, membership, position } of this.#tail.recentMemberships(userId)) {
      if (position > (known.get(room.roomId)?.position ?? 0)) known.set(room.roomId, { membership, position });
    }
    return new Set([...known].filter(([, { membership }]) => membership === 'join').map(([roomId]) => roomId));
  }
}
