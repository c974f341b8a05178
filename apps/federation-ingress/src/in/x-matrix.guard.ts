import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthenticateRequest } from '../authentication/authenticate-request.ts';
import { setParties } from './parties.ts';

/** Lets through what another server has signed for a hosted one. */
@Injectable()
export class XMatrixGuard implements CanActivate {
  readonly #authenticate: AuthenticateRequest;

  constructor(authenticate: AuthenticateRequest) {
    this.#authenticate = authenticate;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { method, url: uri, headers, exactBody: body } = request;
    const { authorization, host } = headers;
    setParties(request, await this.#authenticate.execute({ method, uri, authorization, host, body }));
    return true;
  }
}
