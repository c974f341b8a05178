import { isCompliantUserId, isRoomId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { MutualRoomsResponse } from '@plexus/matrix-api';
import type { Requester } from '@plexus/service-shell';
import type { HostedServers, UserRoomReader } from '@plexus/storage';
import type { FindRoomsWith } from './find-rooms-with.ts';

const PAGE = 200;

interface MutualRooms {
  /** One more than fit onto a page, where there are. */
  readonly rooms: readonly string[];
  readonly count: number;
}

export interface ListMutualRoomsPorts {
  readonly userRooms: Pick<UserRoomReader, 'listSharedRooms' | 'countSharedRooms'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly roomsWith: Pick<FindRoomsWith, 'list'>;
}

/** Lists the rooms that two users are both in (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mutual_rooms). */
export class ListMutualRooms {
  readonly #ports: ListMutualRoomsPorts;

  constructor(ports: ListMutualRoomsPorts) {
    this.#ports = ports;
  }

  /** Nobody shares a room with a user who does not exist. The token of a page is the last room before it. */
  async execute({ userId }: Requester, otherId: string, from: string | undefined): Promise<MutualRoomsResponse> {
    if (!isCompliantUserId(otherId) || otherId === userId) {
      throw new MatrixError('M_INVALID_PARAM', 400, 'The user ID provided was invalid');
    }
    const after = from === undefined ? '' : decodeToken(from);
    const isHosted = this.#ports.servers.isHosted(serverNameOf(otherId));
    const { rooms, count } = await (isHosted
      ? this.#ofHosted(userId, otherId, after)
      : this.#ofRemote(userId, otherId, after));
    const joined = rooms.slice(0, PAGE);
    const last = rooms.length > PAGE ? joined.at(-1) : undefined;
    return { joined, count, ...(last !== undefined && { next_batch: encodeToken(last) }) };
  }

  async #ofHosted(userId: string, otherId: string, after: string): Promise<MutualRooms> {
    const { userRooms } = this.#ports;
    const [rooms, count] = await Promise.all([
      userRooms.listSharedRooms(userId, otherId, { after, limit: PAGE + 1 }),
      userRooms.countSharedRooms(userId, otherId),
    ]);
    return { rooms, count };
  }

  /** All are found, to be counted. */
  async #ofRemote(userId: string, otherId: string, after: string): Promise<MutualRooms> {
    const all: string[] = [];
    for await (const roomId of this.#ports.roomsWith.list(userId, otherId)) all.push(roomId);
    return { rooms: all.filter((roomId) => roomId > after).slice(0, PAGE + 1), count: all.length };
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
