import { Delete, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  adminJoinRequest,
  adminRoomStateQuery,
  blockRoomRequest,
  hierarchyQuery,
  makeRoomAdminRequest,
  readBody,
  readQuery,
} from '@plexus/matrix-api';
import type { AdminRoomDetails, BlockRoomBody, ForwardExtremitiesBody, HierarchyResponse } from '@plexus/matrix-api';
import type { ClientEvent } from '@plexus/room-dag';
import { BlockRoom } from '../../administration/block-room.ts';
import { DescribeRoom } from '../../administration/describe-room.ts';
import { ForwardExtremities } from '../../administration/forward-extremities.ts';
import { JoinUser } from '../../administration/join-user.ts';
import { MakeRoomAdmin } from '../../administration/make-room-admin.ts';
import { ReadRoomAsAdmin } from '../../administration/read-room-as-admin.ts';
import { WalkSpace } from '../../administration/walk-space.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** What a room is, who is in it, and who may do what in it. */
@AdminController(SYNAPSE_ADMIN_V1)
export class AdminRoomsController {
  readonly #access: Access;
  readonly #describeRoom: DescribeRoom;
  readonly #readRoom: ReadRoomAsAdmin;
  readonly #blockRoom: BlockRoom;
  readonly #extremities: ForwardExtremities;
  readonly #makeRoomAdmin: MakeRoomAdmin;
  readonly #joinUser: JoinUser;
  readonly #walkSpace: WalkSpace;

  constructor(
    access: Access,
    describeRoom: DescribeRoom,
    readRoom: ReadRoomAsAdmin,
    blockRoom: BlockRoom,
    extremities: ForwardExtremities,
    makeRoomAdmin: MakeRoomAdmin,
    joinUser: JoinUser,
    walkSpace: WalkSpace,
  ) {
    this.#access = access;
    this.#describeRoom = describeRoom;
    this.#readRoom = readRoom;
    this.#blockRoom = blockRoom;
    this.#extremities = extremities;
    this.#makeRoomAdmin = makeRoomAdmin;
    this.#joinUser = joinUser;
    this.#walkSpace = walkSpace;
  }

  @Get('rooms/:roomId')
  async details(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<AdminRoomDetails> {
    return this.#describeRoom.execute(await this.#access.requireAdmin(request), roomId);
  }

  @Get('rooms/:roomId/members')
  async members(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
  ): Promise<{ members: string[]; total: number }> {
    const members = await this.#readRoom.members(await this.#access.requireAdmin(request), roomId);
    return { members, total: members.length };
  }

  @Get('rooms/:roomId/state')
  async state(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<{ state: ClientEvent[] }> {
    const requester = await this.#access.requireAdmin(request, 'look-into-content');
    const { type } = readQuery(adminRoomStateQuery, query);
    return { state: await this.#readRoom.state(requester, roomId, type) };
  }

  @Get('rooms/:roomId/hierarchy')
  async hierarchy(
    @Req() request: FastifyRequest,
    @Param('roomId') roomId: string,
    @Query() query: unknown,
  ): Promise<HierarchyResponse> {
    const requester = await this.#access.requireAdmin(request);
    return this.#walkSpace.execute(requester, roomId, readQuery(hierarchyQuery, query));
  }

  @Get('rooms/:roomId/block')
  async block(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<BlockRoomBody> {
    const block = await this.#blockRoom.find(await this.#access.requireAdmin(request), roomId);
    return block === undefined ? { block: false } : { block: true, user_id: block.blockedBy };
  }

  @Put('rooms/:roomId/block')
  async setBlock(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<BlockRoomBody> {
    const requester = await this.#access.requireAdmin(request);
    const { block } = readBody(blockRoomRequest, request.body);
    await this.#blockRoom.set(requester, roomId, block);
    return { block };
  }

  @Get('rooms/:roomId/forward_extremities')
  async extremities(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<ForwardExtremitiesBody> {
    return this.#extremities.list(await this.#access.requireAdmin(request), roomId);
  }

  @Delete('rooms/:roomId/forward_extremities')
  async dropExtremities(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<{ deleted: number }> {
    return { deleted: await this.#extremities.drop(await this.#access.requireAdmin(request), roomId) };
  }

  @Post('rooms/:roomId/make_room_admin')
  @HttpCode(200)
  async makeRoomAdmin(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<object> {
    const requester = await this.#access.requireAdmin(request);
    const { user_id: userId } = readBody(makeRoomAdminRequest, request.body, { emptyBody: 'object' });
    await this.#makeRoomAdmin.execute(requester, roomId, userId ?? requester.userId);
    return {};
  }

  @Post('join/:roomIdOrAlias')
  @HttpCode(200)
  async join(
    @Req() request: FastifyRequest,
    @Param('roomIdOrAlias') roomIdOrAlias: string,
  ): Promise<{ room_id: string }> {
    const requester = await this.#access.requireAdmin(request);
    const { user_id: userId } = readBody(adminJoinRequest, request.body);
    return { room_id: await this.#joinUser.execute(requester, roomIdOrAlias, userId) };
  }
}
