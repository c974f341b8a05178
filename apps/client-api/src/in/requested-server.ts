import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MatrixError } from '@plexus/matrix-base';
import { findHostedServer, requireActiveServer, serveFor } from '@plexus/service-shell';
import type { HostedServer, HostedServers } from '@plexus/storage';

/** Finds the hosted server that a request without a user is for. */
@Injectable()
export class RequestedServer {
  readonly #servers: HostedServers;

  constructor(servers: HostedServers) {
    this.#servers = servers;
  }

  find(request: FastifyRequest): HostedServer | undefined {
    const server = findHostedServer(this.#servers, request.headers.host);
    if (server !== undefined) serveFor(request, server.serverName);
    return server;
  }

  /** Throws 404 `M_UNRECOGNIZED` for a host that is nobody's, 403 `M_FORBIDDEN` for a suspended server. */
  get(request: FastifyRequest): HostedServer {
    const server = this.find(request);
    if (server === undefined) throw new MatrixError('M_UNRECOGNIZED', 404, 'No server is hosted under this host name');
    requireActiveServer(this.#servers, server.serverName);
    return server;
  }
}
