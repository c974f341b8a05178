import { Controller, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { loginRequest, loginTokenRequest, readBody, refreshRequest } from '@plexus/matrix-api';
import type { LoginFlowsResponse, LoginResponse, RefreshResponse } from '@plexus/matrix-api';
import { GiveLoginToken } from '../../accounts/give-login-token.ts';
import { LogIn } from '../../accounts/log-in.ts';
import { RefreshSession } from '../../accounts/refresh-session.ts';
import { LogInByAppservice } from '../../appservices/log-in-by-appservice.ts';
import { Access } from '../access.ts';
import { AddressLimits } from '../address-limits.ts';
import { answerAuth } from '../answer-auth.ts';
import { CLIENT_V1, CLIENT_V3 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';

const APPSERVICE = 'm.login.application_service';

@Controller(CLIENT_V3)
export class LoginController {
  readonly #access: Access;
  readonly #logInByAppservice: LogInByAppservice;
  readonly #logIn: LogIn;
  readonly #refreshSession: RefreshSession;
  readonly #requestedServer: RequestedServer;
  readonly #giveLoginToken: GiveLoginToken;
  readonly #addressLimits: AddressLimits;

  constructor(
    access: Access,
    logInByAppservice: LogInByAppservice,
    logIn: LogIn,
    refreshSession: RefreshSession,
    requestedServer: RequestedServer,
    giveLoginToken: GiveLoginToken,
    addressLimits: AddressLimits,
  ) {
    this.#access = access;
    this.#logInByAppservice = logInByAppservice;
    this.#logIn = logIn;
    this.#refreshSession = refreshSession;
    this.#requestedServer = requestedServer;
    this.#giveLoginToken = giveLoginToken;
    this.#addressLimits = addressLimits;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3login */
  @Get('login')
  async flows(@Req() request: FastifyRequest): Promise<LoginFlowsResponse> {
    await this.#addressLimits.requireWithin(request, 'look-up');
    const token = { type: 'm.login.token', get_login_token: true };
    const given = this.#giveLoginToken.isEnabled ? [token] : [];
    return { flows: [{ type: 'm.login.password' }, ...given, { type: APPSERVICE }] };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3login */
  @Post('login')
  @HttpCode(200)
  async login(@Req() request: FastifyRequest): Promise<LoginResponse> {
    const body = readBody(loginRequest, request.body);
    if (body.type === APPSERVICE) {
      const { clientAddress } = request;
      return this.#logInByAppservice.execute({ ...this.#access.requireAppservice(request), body, clientAddress });
    }
    const server = this.#requestedServer.find(request);
    return this.#logIn.execute({ server, body, clientAddress: request.clientAddress });
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3refresh */
  @Post('refresh')
  @HttpCode(200)
  async refresh(@Req() request: FastifyRequest): Promise<RefreshResponse> {
    await this.#addressLimits.requireWithin(request, 'refresh');
    return this.#refreshSession.execute(readBody(refreshRequest, request.body).refresh_token);
  }
}

@Controller(CLIENT_V1)
export class LoginTokenController {
  readonly #access: Access;
  readonly #giveLoginToken: GiveLoginToken;

  constructor(access: Access, giveLoginToken: GiveLoginToken) {
    this.#access = access;
    this.#giveLoginToken = giveLoginToken;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1loginget_token */
  @Post('login/get_token')
  @HttpCode(200)
  async getToken(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const requester = await this.#access.requireUser(request, 'login-token');
    const { auth } = readBody(loginTokenRequest, request.body, { emptyBody: 'object' });
    const { clientAddress } = request;
    const given = await this.#giveLoginToken.execute({ requester, auth, clientAddress });
    return answerAuth(reply, given, ({ response }) => response);
  }
}
