import type { RoomSummaryBody } from '@plexus/matrix-api';
import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { UserRoom, UserRoomReader } from '@plexus/storage';
import type { FindRoomToJoin } from '../rooms/find-room-to-join.ts';
import type { FindRemoteRoom } from './find-remote-room.ts';
import type { FindSeenRoom, Viewer } from './find-seen-room.ts';
import { remoteSummaryBodyOf, summaryBodyOf } from './summary-body.ts';

/** A room as a client names it, with servers that may be in it. */
export interface RoomToSummarize {
  readonly roomIdOrAlias: string;
  readonly via: readonly string[];
}

export interface RoomSummaryPorts {
  readonly findRoom: Pick<FindRoomToJoin, 'execute'>;
  readonly seenRooms: Pick<FindSeenRoom, 'execute'>;
  readonly elsewhere: Pick<FindRemoteRoom, 'execute'>;
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
}

type Summary = RoomSummaryBody & { readonly membership?: string };

/** Summarizes a room (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias). */
export class GetRoomSummary {
  readonly #ports: RoomSummaryPorts;

  constructor(ports: RoomSummaryPorts) {
    this.#ports = ports;
  }

  /** Throws 404 `M_NOT_FOUND`: also for a room that the viewer may not know of. */
  async execute(viewer: Viewer, { roomIdOrAlias, via }: RoomToSummarize): Promise<Summary> {
    const { findRoom, seenRooms } = this.#ports;
    const { roomId, servers } = await findRoom.execute(viewer.serverName, roomIdOrAlias);
    const seen = await seenRooms.execute(viewer, roomId);
    if (seen === undefined) return this.#askElsewhere(viewer, roomId, [...via, ...servers]);
    return { ...summaryBodyOf(seen), ...membershipIn(seen) };
  }

  /** Who is invited may not know a server of the room: the inviting user's is one. */
  async #askElsewhere(viewer: Viewer, roomId: string, named: readonly string[]): Promise<Summary> {
    const { elsewhere, userRooms } = this.#ports;
    const { userId } = viewer;
    const own = userId === undefined ? undefined : await userRooms.findUserRoom(userId, roomId);
    const via = [...named, ...inviterOf(own)];
    const room = await elsewhere.execute(viewer, roomId, { via });
    if (room === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Room not found.');
    return { ...remoteSummaryBodyOf(room), ...membershipIn(own) };
  }
}

function inviterOf(own: UserRoom | undefined): string[] {
  return own?.membership === 'invite' ? [serverNameOf(own.sender)] : [];
}

function membershipIn(own: { readonly membership: string | undefined } | undefined): Pick<Summary, 'membership'> {
  return own?.membership === undefined ? {} : { membership: own.membership };
}
