import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Admission, PeerSightings, rememberOrigin, serveFor } from '@plexus/service-shell';
import { AuthenticateRequest } from '../authentication/authenticate-request.ts';
import { setParties } from './parties.ts';

/**
 * Lets through what another server has signed for a hosted one, the hosted servers by turns; that other server is there, so what waits for it may
 * go.
 */
@Injectable()
export class XMatrixGuard implements CanActivate {
  readonly #authenticate: AuthenticateRequest;
  readonly #sightings: PeerSightings;
  readonly #admission: Admission;

  constructor(authenticate: AuthenticateRequest, sightings: PeerSightings, admission: Admission) {
    this.#authenticate = authenticate;
    this.#sightings = sightings;
    this.#admission = admission;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { method, url: uri, headers, exactBody: body } = request;
    const { authorization, host } = headers;
    const parties = await this.#authenticate.execute({ method, uri, authorization, host, body });
    setParties(request, parties);
    serveFor(request, parties.destination);
    rememberOrigin(parties.origin);
    this.#sightings.seen({ origin: parties.destination, destination: parties.origin });
    await this.#admission.admit(parties.destination, request);
    return true;
  }
}
