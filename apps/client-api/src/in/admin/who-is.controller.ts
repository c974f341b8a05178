import { Get, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { FindAdministeredUser } from '../../administration/find-administered-user.ts';
import { ReadUser } from '../../administration/read-user.ts';
import type { WhoIs } from '../../administration/read-user.ts';
import { Access } from '../access.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** Where a user was seen: for administrators, and for users about themselves. */
@AdminController(CLIENT_V3)
export class WhoIsController {
  readonly #access: Access;
  readonly #findUser: FindAdministeredUser;
  readonly #readUser: ReadUser;

  constructor(access: Access, findUser: FindAdministeredUser, readUser: ReadUser) {
    this.#access = access;
    this.#findUser = findUser;
    this.#readUser = readUser;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3adminwhoisuserid */
  @Get('admin/whois/:userId')
  async whoIs(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<WhoIs> {
    const requester = await this.#access.requireUser(request);
    if (requester.userId !== userId) {
      await this.#findUser.execute(await this.#access.requireAdmin(request), userId);
    }
    return this.#readUser.whoIs(userId);
  }
}
