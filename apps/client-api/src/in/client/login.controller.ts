import { Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { loginRequest, readBody } from '@plexus/matrix-api';
import type { LoginResponse } from '@plexus/matrix-api';
import { LOGIN_FLOWS, LogIn } from '../../accounts/log-in.ts';
import { CLIENT_V3 } from '../client-prefixes.ts';
import { RequestedServer } from '../requested-server.ts';

@Controller(CLIENT_V3)
export class LoginController {
  readonly #logIn: LogIn;
  readonly #requestedServer: RequestedServer;

  constructor(logIn: LogIn, requestedServer: RequestedServer) {
    this.#logIn = logIn;
    this.#requestedServer = requestedServer;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3login */
  @Get('login')
  flows(): { flows: typeof LOGIN_FLOWS } {
    return { flows: LOGIN_FLOWS };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3login */
  @Post('login')
  @HttpCode(200)
  async login(@Req() request: FastifyRequest): Promise<LoginResponse> {
    const body = readBody(loginRequest, request.body);
    const server = this.#requestedServer.find(request);
    return this.#logIn.execute({ server, body, clientAddress: request.clientAddress });
  }
}
