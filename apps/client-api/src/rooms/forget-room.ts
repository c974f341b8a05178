import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { ForgottenRoomRepository, UserRoomReader } from '@plexus/storage';
import { requireRoomId } from './check-identifiers.ts';

/** Makes a user forget a room that they left (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidforget). */
export class ForgetRoom {
  readonly #userRooms: UserRoomReader;
  readonly #forgotten: ForgottenRoomRepository;

  constructor(userRooms: UserRoomReader, forgotten: ForgottenRoomRepository) {
    this.#userRooms = userRooms;
    this.#forgotten = forgotten;
  }

  async execute({ userId }: Requester, roomId: string): Promise<void> {
    requireRoomId(roomId);
    const room = await this.#userRooms.findUserRoom(userId, roomId);
    if (room === undefined) throw new MatrixError('M_NOT_FOUND', 404, `User ${userId} was never in room ${roomId}`);
    if (room.membership !== 'leave' && room.membership !== 'ban') {
      throw new MatrixError('M_UNKNOWN', 400, `User ${userId} is in room ${roomId}`);
    }
    await this.#forgotten.forgetRoom(userId, roomId, room.position);
  }
}
