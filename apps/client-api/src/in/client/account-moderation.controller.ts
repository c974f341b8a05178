import { Get, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { lockRequest, readBody, suspendRequest } from '@plexus/matrix-api';
import { ModerateAccount } from '../../accounts/moderate-account.ts';
import { Access } from '../access.ts';
import { AdminController } from '../admin/admin-controller.ts';
import { CLIENT_V1 } from '../client-prefixes.ts';

/** Who may use this is checked first, so that nobody else learns who is there. */
@AdminController(`${CLIENT_V1}/admin`)
export class AccountModerationController {
  readonly #access: Access;
  readonly #moderateAccount: ModerateAccount;

  constructor(access: Access, moderateAccount: ModerateAccount) {
    this.#access = access;
    this.#moderateAccount = moderateAccount;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1adminsuspenduserid */
  @Get('suspend/:userId')
  async isSuspended(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ suspended: boolean }> {
    const requester = await this.#access.requireAdmin(request);
    return { suspended: (await this.#moderateAccount.find(requester, userId)).isSuspended === true };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv1adminsuspenduserid */
  @Put('suspend/:userId')
  async suspend(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ suspended: boolean }> {
    const requester = await this.#access.requireAdmin(request);
    const { suspended } = readBody(suspendRequest, request.body);
    await this.#moderateAccount.change(requester, userId, { isSuspended: suspended });
    return { suspended };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1adminlockuserid */
  @Get('lock/:userId')
  async isLocked(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ locked: boolean }> {
    const requester = await this.#access.requireAdmin(request);
    return { locked: (await this.#moderateAccount.find(requester, userId)).isLocked === true };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv1adminlockuserid */
  @Put('lock/:userId')
  async lock(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<{ locked: boolean }> {
    const requester = await this.#access.requireAdmin(request);
    const { locked } = readBody(lockRequest, request.body);
    await this.#moderateAccount.change(requester, userId, { isLocked: locked });
    return { locked };
  }
}
