import { decodeDirectoryToken, directoryBatchesAround, publishedRoomOf } from '@plexus/matrix-api';
import type { PublicRoomsRequest, PublicRoomsResponse } from '@plexus/matrix-api';
import { MatrixError, searchWordsOf } from '@plexus/matrix-base';
import type { PublishedRoomRepository, RoomReader, RoomSummary } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { ServerAclReader } from '../rooms/server-acl-reader.ts';

export interface ListPublicRoomsPorts {
  readonly published: Pick<PublishedRoomRepository, 'pagePublishedRooms' | 'countPublishedRooms'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findResidency'>;
  readonly acls: Pick<ServerAclReader, 'allows'>;
  /** Whether other servers see directories at all. */
  readonly isShared: boolean;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;
/** Greater numbers of rooms are not counted. */
const MAX_COUNT = 10_000;

/**
 * The directory of the addressed server, rooms with the most members first, without those whose server ACL denies the server that asks
 * (https://spec.matrix.org/v1.19/server-server-api/#published-room-directory).
 */
export class ListPublicRooms {
  readonly #ports: ListPublicRoomsPorts;

  constructor(ports: ListPublicRoomsPorts) {
    this.#ports = ports;
  }

  /** Throws 403 `M_FORBIDDEN` where directories are not for other servers, `M_INVALID_PARAM` for what is no token. */
  async execute({ origin, destination }: Parties, query: PublicRoomsRequest): Promise<PublicRoomsResponse> {
    const { published, isShared } = this.#ports;
    if (!isShared) throw new MatrixError('M_FORBIDDEN', 403, `${destination} does not show its directory to others`);
    const limit = Math.min(query.limit === undefined || query.limit === 0 ? DEFAULT_LIMIT : query.limit, MAX_LIMIT);
    const start = query.since === undefined ? undefined : decodeDirectoryToken(query.since);
    const found = await published.pagePublishedRooms({
      serverName: destination,
      words: searchWordsOf(query.filter?.generic_search_term ?? ''),
      roomTypes: query.filter?.room_types,
      from: start?.from,
      direction: start?.direction ?? 'forwards',
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const rooms = start?.direction === 'backwards' ? page.toReversed() : page;
    const shown = await this.#leaveOutHidden(rooms, { origin, destination });
    return {
      chunk: shown.map(publishedRoomOf),
      ...directoryBatchesAround(rooms, start, found.length > limit),
      ...(await this.#estimate(query, destination)),
    };
  }

  /** A directory shows only rooms that its server is in, and that let the asking server in. */
  async #leaveOutHidden(rooms: readonly RoomSummary[], { origin, destination }: Parties): Promise<RoomSummary[]> {
    const resident = await this.#ports.rooms.findResidency(destination, rooms);
    const there = rooms.filter((_room, index) => resident[index]);
    const allowed = await Promise.all(there.map(({ roomId }) => this.#isAllowed(roomId, origin)));
    return there.filter((_room, index) => allowed[index]);
  }

  async #isAllowed(roomId: string, serverName: string): Promise<boolean> {
    const room = await this.#ports.rooms.findRoom(roomId);
    return room !== undefined && this.#ports.acls.allows(room, serverName);
  }

  async #estimate({ filter }: PublicRoomsRequest, serverName: string): Promise<{ total_room_count_estimate?: number }> {
    if (filter?.generic_search_term !== undefined || filter?.room_types !== undefined) return {};
    const count = await this.#ports.published.countPublishedRooms(serverName, MAX_COUNT);
    return count < MAX_COUNT ? { total_room_count_estimate: count } : {};
  }
}
