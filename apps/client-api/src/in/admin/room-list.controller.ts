import { Get, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { adminRoomsQuery, readQuery } from '@plexus/matrix-api';
import type { AdminRoomsBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { ROOM_ORDERS } from '@plexus/storage';
import type { ListedRoom, RoomOrder } from '@plexus/storage';
import { ListRooms } from '../../administration/list-rooms.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { nextOffset, pageLimit } from './pages.ts';

/** Orders that begin with the greatest where no direction is asked for. */
const GREATEST_FIRST: ReadonlySet<RoomOrder> = new Set(['joined_members', 'joined_local_members', 'state_events']);

@AdminController(SYNAPSE_ADMIN_V1)
export class RoomListController {
  readonly #access: Access;
  readonly #listRooms: ListRooms;

  constructor(access: Access, listRooms: ListRooms) {
    this.#access = access;
    this.#listRooms = listRooms;
  }

  /** `f` is the order's own direction: names from A on, numbers from the greatest on. */
  @Get('rooms')
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<AdminRoomsBody> {
    const requester = await this.#access.requireAdmin(request);
    const asked = readQuery(adminRoomsQuery, query);
    const { from: offset = 0, limit: wanted, search_term: search } = asked;
    if (search === '') throw new MatrixError('M_INVALID_PARAM', 400, 'search_term cannot be an empty string');
    const limit = pageLimit(wanted);
    const order = orderOf(asked.order_by);
    const { rooms, total } = await this.#listRooms.execute(requester, {
      search,
      order,
      descending: GREATEST_FIRST.has(order) !== (asked.dir === 'b'),
      isPublic: asked.public_rooms,
      isEmpty: asked.empty_rooms,
      offset,
      limit,
    });
    const next = nextOffset(offset, rooms, total);
    return {
      rooms: rooms.map(bodyOf),
      offset,
      total_rooms: total,
      ...(next !== undefined && { next_batch: next }),
      ...(offset > 0 && { prev_batch: Math.max(0, offset - limit) }),
    };
  }
}

/** `alphabetical` and `size` are older names. */
function orderOf(text = 'name'): RoomOrder {
  const name = { alphabetical: 'name', size: 'joined_members' }[text] ?? text;
  const order = ROOM_ORDERS.find((known) => known === name);
  if (order !== undefined) return order;
  throw new MatrixError('M_INVALID_PARAM', 400, 'Unknown value for order_by');
}

function bodyOf(room: ListedRoom): AdminRoomsBody['rooms'][number] {
  return {
    room_id: room.roomId,
    name: room.name ?? null,
    canonical_alias: room.canonicalAlias ?? null,
    joined_members: room.joinedMembers,
    joined_local_members: room.joinedLocalMembers,
    version: room.roomVersion,
    creator: room.creator ?? null,
    encryption: room.encryption ?? null,
    federatable: room.isFederatable,
    public: room.isPublic,
    join_rules: room.joinRule ?? null,
    guest_access: room.guestAccess ?? null,
    history_visibility: room.historyVisibility ?? null,
    state_events: room.stateEvents,
    room_type: room.roomType ?? null,
  };
}
