import { Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  administratorRequest,
  adminUsersQuery,
  deactivateUserRequest,
  modifyUserRequest,
  readBody,
  readQuery,
  resetPasswordRequest,
  setAdminRequest,
  suspendUserRequest,
} from '@plexus/matrix-api';
import type { AdminUserBody, AdminUsersBody, AdminUsersQuery } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { USER_ORDERS } from '@plexus/storage';
import type { AdminUserQuery } from '@plexus/storage';
import { DeactivateUser } from '../../administration/deactivate-user.ts';
import { FindAdministeredUser } from '../../administration/find-administered-user.ts';
import { ListUsers } from '../../administration/list-users.ts';
import { ModifyUser } from '../../administration/modify-user.ts';
import { ReadUser } from '../../administration/read-user.ts';
import { Access } from '../access.ts';
import { ADMIN_V1, SYNAPSE_ADMIN_V1, SYNAPSE_ADMIN_V2 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { nextOffset, pageLimit } from './pages.ts';
import { bodyOfListedUser, bodyOfUser } from './user-body.ts';

const SYNAPSE_ADMIN_V3 = '_synapse/admin/v3';

/** Accounts: who is there, and what administrators make of them. */
@AdminController('')
export class AdminUsersController {
  readonly #access: Access;
  readonly #listUsers: ListUsers;
  readonly #readUser: ReadUser;
  readonly #modifyUser: ModifyUser;
  readonly #deactivateUser: DeactivateUser;
  readonly #findUser: FindAdministeredUser;

  constructor(
    access: Access,
    listUsers: ListUsers,
    readUser: ReadUser,
    modifyUser: ModifyUser,
    deactivateUser: DeactivateUser,
    findUser: FindAdministeredUser,
  ) {
    this.#access = access;
    this.#listUsers = listUsers;
    this.#readUser = readUser;
    this.#modifyUser = modifyUser;
    this.#deactivateUser = deactivateUser;
    this.#findUser = findUser;
  }

  /** Deactivated and locked users only where they are asked for. */
  @Get(`${SYNAPSE_ADMIN_V2}/users`)
  list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<AdminUsersBody> {
    return this.#list(request, query, ({ deactivated = false, locked = false }) => ({
      isDeactivated: deactivated ? undefined : false,
      isLocked: locked ? undefined : false,
    }));
  }

  /** As the above, but `deactivated` says which of both, and nothing means both. */
  @Get(`${SYNAPSE_ADMIN_V3}/users`)
  listAll(@Req() request: FastifyRequest, @Query() query: unknown): Promise<AdminUsersBody> {
    return this.#list(request, query, ({ deactivated, locked = false }) => ({
      isDeactivated: deactivated,
      isLocked: locked ? undefined : false,
    }));
  }

  @Get(`${SYNAPSE_ADMIN_V2}/users/:userId`)
  async get(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<AdminUserBody> {
    const requester = await this.#access.requireAdmin(request);
    return bodyOfUser(await this.#findUser.execute(requester, userId), await this.#readUser.details(userId));
  }

  @Put(`${SYNAPSE_ADMIN_V2}/users/:userId`)
  async modify(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('userId') userId: string,
  ): Promise<AdminUserBody> {
    const requester = await this.#access.requireAdmin(request);
    const body = readBody(modifyUserRequest, request.body);
    const { user, isNew } = await this.#modifyUser.execute(requester, userId, body);
    reply.code(isNew ? 201 : 200);
    return bodyOfUser(user, await this.#readUser.details(userId));
  }

  @Post(`${SYNAPSE_ADMIN_V1}/deactivate/:userId`)
  @HttpCode(200)
  async deactivate(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requester = await this.#access.requireAdmin(request);
    const { erase = false } = readBody(deactivateUserRequest, request.body, { emptyBody: 'object' });
    await this.#deactivateUser.execute(requester, userId, { erase });
    return { id_server_unbind_result: 'success' };
  }

  @Post(`${SYNAPSE_ADMIN_V1}/reset_password/:userId`)
  @HttpCode(200)
  async resetPassword(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requester = await this.#access.requireAdmin(request);
    const { new_password: password, logout_devices: logsOut = true } = readBody(resetPasswordRequest, request.body);
    await this.#modifyUser.resetPassword(requester, userId, { password, logsOut });
    return {};
  }

  @Get(`${SYNAPSE_ADMIN_V1}/users/:userId/admin`)
  async isAdmin(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ admin: boolean }> {
    return { admin: (await this.#findUser.execute(await this.#access.requireAdmin(request), userId)).isAdmin };
  }

  @Put(`${SYNAPSE_ADMIN_V1}/users/:userId/admin`)
  async setAdmin(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requester = await this.#access.requireAdmin(request);
    await this.#modifyUser.setAdmin(requester, userId, readBody(setAdminRequest, request.body).admin);
    return {};
  }

  /** Who administers the whole deployment, a hosted server, or nothing; Synapse knows no such difference. */
  @Put(`${ADMIN_V1}/administrators/:userId`)
  async setScope(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ scope: string }> {
    const requester = await this.#access.requireDeploymentAdmin(request);
    const { scope } = readBody(administratorRequest, request.body);
    await this.#modifyUser.setScope(requester, userId, scope);
    return { scope };
  }

  @Put(`${SYNAPSE_ADMIN_V1}/suspend/:userId`)
  async suspend(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requester = await this.#access.requireAdmin(request);
    const { suspend } = readBody(suspendUserRequest, request.body);
    await this.#modifyUser.moderate(requester, userId, { isSuspended: suspend });
    return { [`user_${userId}_suspended`]: suspend };
  }

  /** The user goes on as before, and nobody else hears of it. */
  @Post(`${SYNAPSE_ADMIN_V1}/users/:userId/shadow_ban`)
  @HttpCode(200)
  async shadowBan(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requester = await this.#access.requireAdmin(request);
    await this.#modifyUser.moderate(requester, userId, { isShadowBanned: true });
    return {};
  }

  @Delete(`${SYNAPSE_ADMIN_V1}/users/:userId/shadow_ban`)
  async liftShadowBan(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<object> {
    const requester = await this.#access.requireAdmin(request);
    await this.#modifyUser.moderate(requester, userId, { isShadowBanned: false });
    return {};
  }

  async #list(
    request: FastifyRequest,
    query: unknown,
    statesOf: (asked: AdminUsersQuery) => Pick<AdminUserQuery, 'isDeactivated' | 'isLocked'>,
  ): Promise<AdminUsersBody> {
    const requester = await this.#access.requireAdmin(request);
    const asked = readQuery(adminUsersQuery, query);
    const { from: offset = 0, limit, guests = true } = asked;
    const { users, total } = await this.#listUsers.execute(requester, {
      ...statesOf(asked),
      userId: asked.user_id,
      name: asked.name,
      isGuest: guests ? undefined : false,
      isAdmin: asked.admins,
      notUserTypes: asked.not_user_type ?? [],
      order: orderOf(asked.order_by),
      descending: asked.dir === 'b',
      offset,
      limit: pageLimit(limit),
    });
    const next = nextOffset(offset, users, total);
    return {
      users: users.map(bodyOfListedUser),
      total,
      ...(next !== undefined && { next_token: String(next) }),
    };
  }
}

function orderOf(text = 'name'): AdminUserQuery['order'] {
  const order = USER_ORDERS.find((name) => name === text);
  if (order !== undefined) return order;
  throw new MatrixError('M_INVALID_PARAM', 400, 'Unknown value for order_by');
}
