import type { RoomSummaryBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { FindRoomToJoin } from '../rooms/find-room-to-join.ts';
import type { FindSeenRoom, Viewer } from './find-seen-room.ts';
import { summaryBodyOf } from './summary-body.ts';

/** Summarizes a room (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias). */
export class GetRoomSummary {
  readonly #findRoom: FindRoomToJoin;
  readonly #seenRooms: FindSeenRoom;

  constructor(findRoom: FindRoomToJoin, seenRooms: FindSeenRoom) {
    this.#findRoom = findRoom;
    this.#seenRooms = seenRooms;
  }

  /** Throws 404 `M_NOT_FOUND`: also for a room that the viewer may not know of. */
  async execute(viewer: Viewer, roomIdOrAlias: string): Promise<RoomSummaryBody & { membership?: string }> {
    const seen = await this.#seenRooms.execute(viewer, await this.#findRoom.execute(roomIdOrAlias));
    if (seen === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Room not found.');
    const { membership } = seen;
    return { ...summaryBodyOf(seen), ...(membership !== undefined && { membership }) };
  }
}
