import { Controller, Get, HttpStatus, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBody, readQuery, registerQuery, registerRequest, usernameAvailableQuery } from '@plexus/matrix-api';
import type { AuthResponse, RegisterResponse } from '@plexus/matrix-api';
import { readLanguages } from '@plexus/policies';
import { CheckUsername } from '../../accounts/check-username.ts';
import { RegisterUser } from '../../accounts/register-user.ts';
import { RegisterByAppservice } from '../../appservices/register-by-appservice.ts';
import { Access } from '../access.ts';
import { AddressLimits } from '../address-limits.ts';
import { answerAuth } from '../answer-auth.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';

const APPSERVICE = 'm.login.application_service';

@Controller(CLIENT_V3)
export class RegisterController {
  readonly #access: Access;
  readonly #registerByAppservice: RegisterByAppservice;
  readonly #registerUser: RegisterUser;
  readonly #checkUsername: CheckUsername;
  readonly #requestedServer: RequestedServer;
  readonly #addressLimits: AddressLimits;

  constructor(
    access: Access,
    registerByAppservice: RegisterByAppservice,
    registerUser: RegisterUser,
    checkUsername: CheckUsername,
    requestedServer: RequestedServer,
    addressLimits: AddressLimits,
  ) {
    this.#access = access;
    this.#registerByAppservice = registerByAppservice;
    this.#registerUser = registerUser;
    this.#checkUsername = checkUsername;
    this.#requestedServer = requestedServer;
    this.#addressLimits = addressLimits;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3register */
  @Post('register')
  async register(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RegisterResponse | AuthResponse> {
    const { kind = 'user' } = readQuery(registerQuery, query);
    const body = readBody(registerRequest, request.body, { emptyBody: 'object' });
    if (body.type === APPSERVICE) {
      reply.code(HttpStatus.OK);
      return this.#registerByAppservice.execute({ ...this.#access.requireAppservice(request), body });
    }
    await this.#addressLimits.requireWithin(request, 'look-up');
    const server = this.#requestedServer.get(request);
    const [language] = readLanguages(request.headers['accept-language']);
    const registration = { server, body, clientAddress: request.clientAddress, language };
    const registered = await (kind === 'guest'
      ? this.#registerUser.executeForGuest(registration)
      : this.#registerUser.execute(registration));
    reply.code(HttpStatus.OK);
    return answerAuth(reply, registered, ({ response }) => response);
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3registeravailable */
  @Get('register/available')
  async available(@Req() request: FastifyRequest, @Query() query: unknown): Promise<{ available: true }> {
    await this.#addressLimits.requireWithin(request, 'look-up');
    const { username } = readQuery(usernameAvailableQuery, query);
    await this.#checkUsername.execute(username, this.#requestedServer.get(request).serverName);
    return { available: true };
  }
}
