import type { FederatedHierarchyRoom, RoomSummaryBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { FindRoomToJoin } from '../rooms/find-room-to-join.ts';
import type { FindRemoteRoom } from './find-remote-room.ts';
import type { FindSeenRoom, Viewer } from './find-seen-room.ts';
import { remoteSummaryBodyOf, summaryBodyOf } from './summary-body.ts';

/** A room as a client names it, with servers that may be in it. */
export interface RoomToSummarize {
  readonly roomIdOrAlias: string;
  readonly via: readonly string[];
}

/** Summarizes a room (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias). */
export class GetRoomSummary {
  readonly #findRoom: FindRoomToJoin;
  readonly #seenRooms: FindSeenRoom;
  readonly #remoteRooms: FindRemoteRoom;

  constructor(findRoom: FindRoomToJoin, seenRooms: FindSeenRoom, remoteRooms: FindRemoteRoom) {
    this.#findRoom = findRoom;
    this.#seenRooms = seenRooms;
    this.#remoteRooms = remoteRooms;
  }

  /** Throws 404 `M_NOT_FOUND`: also for a room that the viewer may not know of. */
  async execute(
    viewer: Viewer,
    { roomIdOrAlias, via }: RoomToSummarize,
  ): Promise<RoomSummaryBody & { membership?: string }> {
    const { roomId, servers } = await this.#findRoom.execute(viewer.serverName, roomIdOrAlias);
    const seen = await this.#seenRooms.execute(viewer, roomId);
    if (seen === undefined) return this.#askElsewhere(viewer, roomId, [...via, ...servers]);
    const { membership } = seen;
    return { ...summaryBodyOf(seen), ...(membership !== undefined && { membership }) };
  }

  async #askElsewhere(viewer: Viewer, roomId: string, via: readonly string[]): Promise<RoomSummaryBody> {
    const room: FederatedHierarchyRoom | undefined = await this.#remoteRooms.execute(viewer, roomId, { via });
    if (room === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Room not found.');
    return remoteSummaryBodyOf(room);
  }
}
