import { Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { rateLimitRequest, readBody, readQuery, sinceQuery, usernameAvailableQuery } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { RateLimitOverride } from '@plexus/storage';
import { CheckUsername } from '../../accounts/check-username.ts';
import { CountUserActs } from '../../administration/count-user-acts.ts';
import { FindAdministeredUser } from '../../administration/find-administered-user.ts';
import { ManageRateLimits } from '../../administration/manage-rate-limits.ts';
import { ReadUser } from '../../administration/read-user.ts';
import { SetThreepids } from '../../administration/set-threepids.ts';
import type { AllAccountData, WhoIs } from '../../administration/read-user.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

const USER = `${SYNAPSE_ADMIN_V1}/users/:userId`;

/** What is known of a user. */
@AdminController('')
export class UserDetailsController {
  readonly #access: Access;
  readonly #findUser: FindAdministeredUser;
  readonly #readUser: ReadUser;
  readonly #rateLimits: ManageRateLimits;
  readonly #countUserActs: CountUserActs;
  readonly #checkUsername: CheckUsername;
  readonly #setThreepids: SetThreepids;

  constructor(
    access: Access,
    findUser: FindAdministeredUser,
    readUser: ReadUser,
    rateLimits: ManageRateLimits,
    countUserActs: CountUserActs,
    checkUsername: CheckUsername,
    setThreepids: SetThreepids,
  ) {
    this.#access = access;
    this.#findUser = findUser;
    this.#readUser = readUser;
    this.#rateLimits = rateLimits;
    this.#countUserActs = countUserActs;
    this.#checkUsername = checkUsername;
    this.#setThreepids = setThreepids;
  }

  @Get(`${SYNAPSE_ADMIN_V1}/whois/:userId`)
  async whoIs(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<WhoIs> {
    await this.#find(request, userId);
    return this.#readUser.whoIs(userId);
  }

  @Get(`${USER}/joined_rooms`)
  async joinedRooms(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
  ): Promise<{ joined_rooms: string[]; total: number }> {
    await this.#find(request, userId);
    const rooms = await this.#readUser.rooms(userId);
    const joined = rooms.filter(({ membership }) => membership === 'join').map(({ roomId }) => roomId);
    return { joined_rooms: joined, total: joined.length };
  }

  @Get(`${USER}/memberships`)
  async memberships(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
  ): Promise<{ memberships: Record<string, string> }> {
    await this.#find(request, userId);
    const rooms = await this.#readUser.rooms(userId);
    return { memberships: Object.fromEntries(rooms.map(({ roomId, membership }) => [roomId, membership])) };
  }

  @Get(`${USER}/accountdata`)
  async accountData(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
  ): Promise<{ account_data: AllAccountData }> {
    await this.#find(request, userId, 'look-into-content');
    return { account_data: await this.#readUser.accountData(userId) };
  }

  @Get(`${USER}/sent_invite_count`)
  async sentInvites(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
    @Query() query: unknown,
  ): Promise<{ invite_count: number }> {
    await this.#find(request, userId);
    return { invite_count: await this.#countUserActs.sentInvites(userId, readQuery(sinceQuery, query).from_ts) };
  }

  @Get(`${USER}/cumulative_joined_room_count`)
  async joinedRoomCount(
    @Req() request: FastifyRequest,
    @Param('userId') userId: string,
    @Query() query: unknown,
  ): Promise<{ cumulative_joined_room_count: number }> {
    await this.#find(request, userId);
    const { from_ts: since } = readQuery(sinceQuery, query);
    return { cumulative_joined_room_count: await this.#countUserActs.joinedRooms(userId, since) };
  }

  @Get(`${USER}/override_ratelimit`)
  async rateLimit(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    await this.#find(request, userId);
    const limit = await this.#rateLimits.find(userId);
    return limit === undefined ? {} : bodyOfLimit(limit);
  }

  @Post(`${USER}/override_ratelimit`)
  @HttpCode(200)
  async setRateLimit(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    await this.#find(request, userId);
    const body = readBody(rateLimitRequest, request.body, { emptyBody: 'object' });
    const limit = { messagesPerSecond: body.messages_per_second ?? 0, burstCount: body.burst_count ?? 0 };
    await this.#rateLimits.set(userId, limit);
    return bodyOfLimit(limit);
  }

  @Delete(`${USER}/override_ratelimit`)
  async removeRateLimit(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    await this.#find(request, userId);
    await this.#rateLimits.remove(userId);
    return {};
  }

  @Get(`${SYNAPSE_ADMIN_V1}/username_available`)
  async isAvailable(@Req() request: FastifyRequest, @Query() query: unknown): Promise<{ available: boolean }> {
    const { serverName } = await this.#access.requireAdmin(request);
    const { username } = readQuery(usernameAvailableQuery, query);
    await this.#checkUsername.execute(username, serverName);
    return { available: true };
  }

  @Get(`${SYNAPSE_ADMIN_V1}/auth_providers/:provider/users/:externalId`)
  async byExternalId(
    @Req() request: FastifyRequest,
    @Param() { provider, externalId }: { readonly provider: string; readonly externalId: string },
  ): Promise<{ user_id: string }> {
    const requester = await this.#access.requireAdmin(request);
    const userId = await this.#readUser.findByExternalId({ authProvider: provider, externalId });
    if (userId === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'User not found');
    return { user_id: (await this.#findUser.execute(requester, userId)).userId };
  }

  @Get(`${SYNAPSE_ADMIN_V1}/threepid/:medium/users/:address`)
  async byThreepid(
    @Req() request: FastifyRequest,
    @Param() threepid: { readonly medium: string; readonly address: string },
  ): Promise<{ user_id: string }> {
    const requester = await this.#access.requireAdmin(request);
    const userId = await this.#setThreepids.find(requester.serverName, threepid);
    if (userId === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'User not found');
    return { user_id: userId };
  }

  async #find(request: FastifyRequest, userId: string, act?: 'look-into-content'): Promise<void> {
    await this.#findUser.execute(await this.#access.requireAdmin(request, act), userId);
  }
}

function bodyOfLimit({ messagesPerSecond, burstCount }: RateLimitOverride): object {
  return { messages_per_second: messagesPerSecond, burst_count: burstCount };
}
