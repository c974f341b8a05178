import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { requireWithinLimit } from '@plexus/service-shell';
import type { LimitedAction, RateLimiter } from '@plexus/service-shell';
import type { RequestedServer } from './requested-server.ts';

/** Limits what is done without a user, by the client's address. */
@Injectable()
export class AddressLimits {
  readonly #limiter: RateLimiter;
  readonly #requestedServer: Pick<RequestedServer, 'find'>;

  constructor(limiter: RateLimiter, requestedServer: Pick<RequestedServer, 'find'>) {
    this.#limiter = limiter;
    this.#requestedServer = requestedServer;
  }

  /** Throws 429 `M_LIMIT_EXCEEDED`. Under a host name that is nobody's the deployment's limits count. */
  async requireWithin(request: FastifyRequest, action: LimitedAction): Promise<void> {
    const serverName = this.#requestedServer.find(request)?.serverName ?? '';
    await requireWithinLimit(this.#limiter, { action, serverName, key: request.clientAddress });
  }
}
