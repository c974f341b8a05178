import { Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { changePasswordRequest, deactivateRequest, openIdTokenRequest, readBody } from '@plexus/matrix-api';
import type { OpenIdTokenResponse, TurnServerResponse, WhoAmIResponse } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { findAccessToken } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import type { HostedServer, HostedServers } from '@plexus/storage';
import { ChangePassword } from '../../accounts/change-password.ts';
import { DeactivateAccount } from '../../accounts/deactivate-account.ts';
import { GiveOpenIdToken } from '../../accounts/give-openid-token.ts';
import { GiveTurnCredentials } from '../../accounts/give-turn-credentials.ts';
import { Access } from '../access.ts';
import { AddressLimits } from '../address-limits.ts';
import { answerAuth } from '../answer-auth.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';
import { HOSTED_SERVERS } from '../tokens.ts';

@Controller(CLIENT_V3)
export class AccountController {
  readonly #access: Access;
  readonly #requestedServer: RequestedServer;
  readonly #addressLimits: AddressLimits;
  readonly #servers: HostedServers;
  readonly #changePassword: ChangePassword;
  readonly #deactivateAccount: DeactivateAccount;
  readonly #giveOpenIdToken: GiveOpenIdToken;
  readonly #giveTurnCredentials: GiveTurnCredentials;

  constructor(
    access: Access,
    requestedServer: RequestedServer,
    addressLimits: AddressLimits,
    @Inject(HOSTED_SERVERS) servers: HostedServers,
    changePassword: ChangePassword,
    deactivateAccount: DeactivateAccount,
    giveOpenIdToken: GiveOpenIdToken,
    giveTurnCredentials: GiveTurnCredentials,
  ) {
    this.#giveTurnCredentials = giveTurnCredentials;
    this.#access = access;
    this.#requestedServer = requestedServer;
    this.#addressLimits = addressLimits;
    this.#servers = servers;
    this.#changePassword = changePassword;
    this.#deactivateAccount = deactivateAccount;
    this.#giveOpenIdToken = giveOpenIdToken;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3accountwhoami */
  @Get('account/whoami')
  async whoAmI(@Req() request: FastifyRequest): Promise<WhoAmIResponse> {
    const { userId, deviceId, isGuest } = await this.#access.requireUserOrGuest(request, 'look-up');
    return { user_id: userId, ...(deviceId !== '' && { device_id: deviceId }), is_guest: isGuest };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountpassword */
  @Post('account/password')
  @HttpCode(200)
  async changePassword(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const hasToken = findAccessToken(request) !== undefined;
    if (!hasToken) await this.#addressLimits.requireWithin(request, 'account-change');
    const requester = hasToken ? await this.#access.requireUser(request, 'account-change') : undefined;
    const server = this.#serverOf(request, requester);
    this.#changePassword.requireMeans(requester, server);
    const body = readBody(changePasswordRequest, request.body);
    const { clientAddress } = request;
    const changed = await this.#changePassword.execute({ requester, server, body, clientAddress });
    return answerAuth(reply, changed, () => ({}));
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate */
  @Post('account/deactivate')
  @HttpCode(200)
  async deactivate(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const requester = await this.#access.requireUser(request, 'account-change');
    const body = readBody(deactivateRequest, request.body, { emptyBody: 'object' });
    const { clientAddress } = request;
    const deactivated = await this.#deactivateAccount.execute({ requester, body, clientAddress });
    return answerAuth(reply, deactivated, ({ response }) => response);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridopenidrequest_token */
  @Post('user/:userId/openid/request_token')
  @HttpCode(200)
  async openIdToken(@Req() request: FastifyRequest, @Param('userId') userId: string): Promise<OpenIdTokenResponse> {
    const requester = await this.#access.requireUser(request, 'openid-token');
    if (requester.userId !== userId)
      throw new MatrixError('M_FORBIDDEN', 403, 'You cannot have a token that speaks for somebody else');
    readBody(openIdTokenRequest, request.body, { emptyBody: 'object' });
    return this.#giveOpenIdToken.execute(requester);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3voipturnserver */
  @Get('voip/turnServer')
  async turnServer(@Req() request: FastifyRequest): Promise<TurnServerResponse> {
    return this.#giveTurnCredentials.execute(await this.#access.requireUserOrGuest(request, 'look-up'));
  }

  #serverOf(request: FastifyRequest, requester: Requester | undefined): HostedServer {
    const own = requester && this.#servers.find(requester.serverName);
    return own ?? this.#requestedServer.get(request);
  }
}
