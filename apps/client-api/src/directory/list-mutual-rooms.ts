import { isCompliantUserId, isRoomId, MatrixError } from '@plexus/matrix-base';
import type { MutualRoomsResponse } from '@plexus/matrix-api';
import type { Requester } from '@plexus/service-shell';
import type { UserRoomReader } from '@plexus/storage';

const PAGE = 200;

/** Lists the rooms that two users are both in (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mutual_rooms). */
export class ListMutualRooms {
  readonly #userRooms: Pick<UserRoomReader, 'listSharedRooms' | 'countSharedRooms'>;

  constructor(userRooms: Pick<UserRoomReader, 'listSharedRooms' | 'countSharedRooms'>) {
    this.#userRooms = userRooms;
  }

  /** Nobody shares a room with a user who does not exist. The token of a page is the last room before it. */
  async execute({ userId }: Requester, otherId: string, from: string | undefined): Promise<MutualRoomsResponse> {
    if (!isCompliantUserId(otherId) || otherId === userId) {
      throw new MatrixError('M_INVALID_PARAM', 400, 'The user ID provided was invalid');
    }
    const after = from === undefined ? '' : decodeToken(from);
    const [rooms, count] = await Promise.all([
      this.#userRooms.listSharedRooms(userId, otherId, { after, limit: PAGE + 1 }),
      this.#userRooms.countSharedRooms(userId, otherId),
    ]);
    const joined = rooms.slice(0, PAGE);
    const last = rooms.length > PAGE ? joined.at(-1) : undefined;
    return { joined, count, ...(last !== undefined && { next_batch: encodeToken(last) }) };
  }
}

function encodeToken(roomId: string): string {
  return `m${Buffer.from(roomId).toString('base64url')}`;
}

function decodeToken(token: string): string {
  const roomId = Buffer.from(token.slice(1), 'base64url').toString();
  if (token === encodeToken(roomId) && isRoomId(roomId)) return roomId;
  throw new MatrixError('M_INVALID_PARAM', 400, 'Unknown "from" token');
}
