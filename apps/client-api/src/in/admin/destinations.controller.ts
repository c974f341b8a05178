import { Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { adminDestinationRoomsQuery, adminDestinationsQuery, readQuery } from '@plexus/matrix-api';
import type { AdminDestinationBody, AdminDestinationRoomsBody, AdminDestinationsBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { DESTINATION_ORDERS } from '@plexus/storage';
import type { DestinationOrder, DestinationSummary } from '@plexus/storage';
import { ManageDestinations } from '../../administration/manage-destinations.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { nextOffset, pageLimit } from './pages.ts';

/** Other servers to which something is sent. */
@AdminController(`${SYNAPSE_ADMIN_V1}/federation/destinations`)
export class DestinationsController {
  readonly #access: Access;
  readonly #destinations: ManageDestinations;

  constructor(access: Access, destinations: ManageDestinations) {
    this.#access = access;
    this.#destinations = destinations;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<AdminDestinationsBody> {
    const requester = await this.#access.requireAdmin(request);
    const asked = readQuery(adminDestinationsQuery, query);
    const page = pageOf(asked);
    const { destinations, total } = await this.#destinations.list(requester, {
      ...page,
      search: asked.destination,
      order: orderOf(asked.order_by),
    });
    return { destinations: destinations.map(bodyOf), total, ...nextToken(page.offset, destinations, total) };
  }

  @Get(':destination')
  async get(@Req() request: FastifyRequest, @Param('destination') destination: string): Promise<AdminDestinationBody> {
    return bodyOf(await this.#destinations.get(await this.#access.requireAdmin(request), destination));
  }

  /** Rooms that the destination is, or was, in. */
  @Get(':destination/rooms')
  async rooms(
    @Req() request: FastifyRequest,
    @Param('destination') destination: string,
    @Query() query: unknown,
  ): Promise<AdminDestinationRoomsBody> {
    const requester = await this.#access.requireAdmin(request);
    const page = pageOf(readQuery(adminDestinationRoomsQuery, query));
    const { rooms, total } = await this.#destinations.listRooms(requester, destination, page);
    return {
      rooms: rooms.map(({ roomId, position }) => ({ room_id: roomId, stream_ordering: position })),
      total,
      ...nextToken(page.offset, rooms, total),
    };
  }

  @Post(':destination/reset_connection')
  @HttpCode(200)
  async reset(@Req() request: FastifyRequest, @Param('destination') destination: string): Promise<object> {
    await this.#destinations.reset(await this.#access.requireAdmin(request), destination);
    return {};
  }
}

interface AskedPage {
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
  readonly dir?: 'f' | 'b' | undefined;
}

function pageOf({ from: offset = 0, limit, dir }: AskedPage) {
  return { offset, limit: pageLimit(limit), descending: dir === 'b' };
}

function nextToken(offset: number, listed: readonly unknown[], total: number): { next_token?: string } {
  const next = nextOffset(offset, listed, total);
  return next === undefined ? {} : { next_token: String(next) };
}

function orderOf(text = 'destination'): DestinationOrder {
  const order = DESTINATION_ORDERS.find((known) => known === text);
  if (order !== undefined) return order;
  throw new MatrixError('M_INVALID_PARAM', 400, 'Unknown value for order_by');
}

function bodyOf(found: DestinationSummary): AdminDestinationBody {
  return {
    destination: found.destination,
    retry_last_ts: found.retryLastAt,
    retry_interval: found.retryIntervalMs,
    failure_ts: found.failingSince ?? null,
    last_successful_stream_ordering: found.lastSentPosition ?? null,
  };
}
