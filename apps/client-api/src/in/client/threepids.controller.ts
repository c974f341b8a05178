import { Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  addBoundThreepidRequest,
  addThreepidRequest,
  bindThreepidRequest,
  emailTokenRequest,
  phoneTokenRequest,
  readBody,
  removeThreepidRequest,
} from '@plexus/matrix-api';
import type { ThreepidsResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { ValidationPurpose } from '@plexus/storage';
import { mediumNotSupported } from '../../threepids/email-settings.ts';
import { ManageThreepids } from '../../threepids/manage-threepids.ts';
import { RequestEmailToken } from '../../threepids/request-email-token.ts';
import { Access } from '../access.ts';
import { answerAuth } from '../answer-auth.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';

/** No identity server is asked: it is not known whether any has the address. */
const NOT_UNBOUND = { id_server_unbind_result: 'no-support' };

/** https://spec.matrix.org/v1.19/client-server-api/#adding-account-administrative-contact-information */
@Controller(CLIENT_V3)
export class ThreepidsController {
  readonly #access: Access;
  readonly #requestedServer: RequestedServer;
  readonly #manageThreepids: ManageThreepids;
  readonly #requestEmailToken: RequestEmailToken;

  constructor(
    access: Access,
    requestedServer: RequestedServer,
    manageThreepids: ManageThreepids,
    requestEmailToken: RequestEmailToken,
  ) {
    this.#access = access;
    this.#requestedServer = requestedServer;
    this.#manageThreepids = manageThreepids;
    this.#requestEmailToken = requestEmailToken;
  }

  @Get('account/3pid')
  async list(@Req() request: FastifyRequest): Promise<ThreepidsResponse> {
    return this.#manageThreepids.list(await this.#access.requireUser(request));
  }

  @Post('account/3pid/add')
  @HttpCode(200)
  async add(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const requester = await this.#access.requireUser(request, 'account-change');
    const body = readBody(addThreepidRequest, request.body);
    const added = await this.#manageThreepids.add({ requester, body, clientAddress: request.clientAddress });
    return answerAuth(reply, added, () => ({}));
  }

  /** A suspended user may add contacts, and not take them away. */
  @Post('account/3pid/delete')
  @HttpCode(200)
  async remove(@Req() request: FastifyRequest): Promise<{ id_server_unbind_result: string }> {
    const requester = await this.#access.requireActiveUser(request);
    const { medium, address } = readBody(removeThreepidRequest, request.body);
    await this.#manageThreepids.remove(requester, medium, address);
    return NOT_UNBOUND;
  }

  /** Deprecated. It would bind the address by an identity server, which alone could say that it is the user’s. */
  @Post('account/3pid')
  async addBound(@Req() request: FastifyRequest): Promise<never> {
    await this.#access.requireUser(request);
    readBody(addBoundThreepidRequest, request.body);
    throw new MatrixError('M_THREEPID_AUTH_FAILED', 403, 'This server asks no identity server: use /account/3pid/add');
  }

  @Post('account/3pid/bind')
  async bind(@Req() request: FastifyRequest): Promise<never> {
    await this.#access.requireUser(request, 'account-change');
    const { id_server: identityServer } = readBody(bindThreepidRequest, request.body);
    throw new MatrixError(
      'M_SERVER_NOT_TRUSTED',
      400,
      `This server does not ask the identity server ${identityServer}`,
    );
  }

  /** Nothing has been bound through this server, so there is nothing to be unbound. */
  @Post('account/3pid/unbind')
  @HttpCode(200)
  async unbind(@Req() request: FastifyRequest): Promise<{ id_server_unbind_result: string }> {
    await this.#access.requireUser(request);
    readBody(removeThreepidRequest, request.body);
    return NOT_UNBOUND;
  }

  @Post('register/email/requestToken')
  @HttpCode(200)
  requestForRegistration(@Req() request: FastifyRequest): Promise<{ sid: string }> {
    return this.#requestToken(request, 'register');
  }

  @Post('account/password/email/requestToken')
  @HttpCode(200)
  requestForPassword(@Req() request: FastifyRequest): Promise<{ sid: string }> {
    return this.#requestToken(request, 'password');
  }

  @Post('account/3pid/email/requestToken')
  @HttpCode(200)
  requestForContact(@Req() request: FastifyRequest): Promise<{ sid: string }> {
    return this.#requestToken(request, 'threepid');
  }

  @Post(['register/msisdn/requestToken', 'account/password/msisdn/requestToken', 'account/3pid/msisdn/requestToken'])
  requestForPhone(@Req() request: FastifyRequest): never {
    readBody(phoneTokenRequest, request.body);
    throw mediumNotSupported('phone numbers');
  }

  async #requestToken(request: FastifyRequest, purpose: ValidationPurpose): Promise<{ sid: string }> {
    const body = readBody(emailTokenRequest, request.body);
    const server = this.#requestedServer.get(request);
    const { clientAddress } = request;
    return { sid: await this.#requestEmailToken.execute({ server, purpose, body, clientAddress }) };
  }
}
