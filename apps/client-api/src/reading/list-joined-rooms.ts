import type { Requester } from '@plexus/service-shell';
import type { UserRoomReader } from '@plexus/storage';

/** Lists the rooms that a user is in (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3joined_rooms). */
export class ListJoinedRooms {
  readonly #userRooms: UserRoomReader;

  constructor(userRooms: UserRoomReader) {
    this.#userRooms = userRooms;
  }

  async execute({ userId }: Requester): Promise<string[]> {
    const rooms = await this.#userRooms.findUserRooms(userId);
    return rooms.filter(({ membership }) => membership === 'join').map(({ roomId }) => roomId);
  }
}
