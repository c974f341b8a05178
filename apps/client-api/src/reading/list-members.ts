import type { JoinedMembersResponse, MembersQuery } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent, RoomEvent } from '@plexus/room-dag';
import { placeBefore } from '@plexus/room-view';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { RoomReader } from '@plexus/storage';
import type { ReadRoomAccess, RoomAccess } from './room-access.ts';
import { isAfter } from './timeline-place.ts';
import type { TimelinePlaces } from './timeline-place.ts';

export interface ListMembersPorts {
  readonly rooms: Pick<RoomReader, 'pageTimeline'>;
  readonly places: TimelinePlaces;
  readonly states: RoomState;
}

/** Lists the members of a room (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmembers). */
export class ListMembers {
  readonly #access: ReadRoomAccess;
  readonly #ports: ListMembersPorts;

  constructor(access: ReadRoomAccess, ports: ListMembersPorts) {
    this.#access = access;
    this.#ports = ports;
  }

  async all({ userId }: Requester, roomId: string, query: MembersQuery): Promise<ClientEvent[]> {
    const access = await this.#access.executeWhole(userId, roomId);
    const root = query.at === undefined ? access.root : await this.#rootAt(access, query.at);
    const members = await this.#ports.states.list(access.room, root, 'members');
    return members.filter((event) => isWanted(event, query)).map((event) => toClientEvent(event));
  }

  /** Only for those who are in the room. */
  async joined({ userId }: Requester, roomId: string): Promise<JoinedMembersResponse['joined']> {
    const { room, root, kind } = await this.#access.executeWhole(userId, roomId);
    if (kind !== 'joined') throw new MatrixError('M_FORBIDDEN', 403, `User ${userId} not in room ${roomId}`);
    const members = await this.#ports.states.list(room, root, 'members');
    const joined = members.filter(({ content }) => content['membership'] === 'join');
    return Object.fromEntries(joined.map((event) => [event.stateKey ?? '', profileOf(event)]));
  }

  /** The state at a place: after the event before it, as far as the user may read. */
  async #rootAt({ room, root, departure }: RoomAccess, at: string): Promise<number> {
    const { shard, roomNid } = room;
    const place = await this.#ports.places.decode(room, at);
    const query = { shard, roomNid, from: place, direction: 'backwards' as const, limit: 1 };
    const [before] = await this.#ports.rooms.pageTimeline(query);
    if (before === undefined) return 0;
    const isBeyond = departure !== undefined && isAfter(before, placeBefore(departure));
    return isBeyond ? root : (before.stateAfter ?? root);
  }
}

/** `membership` and `not_membership` together widen the list: either is enough. */
function isWanted({ content }: RoomEvent, { membership, not_membership: unwanted }: MembersQuery): boolean {
  if (membership === undefined && unwanted === undefined) return true;
  if (membership !== undefined && content['membership'] === membership) return true;
  return unwanted !== undefined && content['membership'] !== unwanted;
}

/** Only strings: what a member put into their membership event may be anything. */
function profileOf({ content }: RoomEvent): { display_name?: string; avatar_url?: string } {
  const { displayname, avatar_url: avatarUrl } = content;
  return {
    ...(typeof displayname === 'string' && { display_name: displayname }),
    ...(typeof avatarUrl === 'string' && { avatar_url: avatarUrl }),
  };
}
