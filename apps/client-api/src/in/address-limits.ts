import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { requireWithinLimit } from '@plexus/service-shell';
import type { Admission, LimitedAction, RateLimiter } from '@plexus/service-shell';
import type { RequestedServer } from './requested-server.ts';

/** Limits what is done without a user, by the client's address. */
@Injectable()
export class AddressLimits {
  readonly #limiter: RateLimiter;
  readonly #requestedServer: Pick<RequestedServer, 'find'>;
  readonly #admission: Pick<Admission, 'admit'>;

  constructor(
    limiter: RateLimiter,
    requestedServer: Pick<RequestedServer, 'find'>,
    admission: Pick<Admission, 'admit'>,
  ) {
    this.#limiter = limiter;
    this.#requestedServer = requestedServer;
    this.#admission = admission;
  }

  /**
   * Throws 429 `M_LIMIT_EXCEEDED`. Under a host name that is nobody's the deployment's limits count. What is within the limit waits for the turn of its
   * server.
   */
  async requireWithin(request: FastifyRequest, action: LimitedAction): Promise<void> {
    const serverName = this.#requestedServer.find(request)?.serverName ?? '';
    await requireWithinLimit(this.#limiter, { action, serverName, key: request.clientAddress });
    const admitted = this.#admission.admit(serverName, request);
    if (admitted !== undefined) await admitted;
  }
}
