import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MatrixError } from '@plexus/matrix-base';
import { findHostedServer, serveFor } from '@plexus/service-shell';
import type { HostedServer, HostedServers } from '@plexus/storage';

/** Finds the hosted server that a request is for, by its host name. */
@Injectable()
export class RequestedServer {
  readonly #servers: HostedServers;

  constructor(servers: HostedServers) {
    this.#servers = servers;
  }

  /** Throws 404 for a host name that is nobody's. */
  get(request: FastifyRequest): HostedServer {
    const server = findHostedServer(this.#servers, request.headers.host);
    if (server === undefined) throw unknownHost();
    serveFor(request, server.serverName);
    return server;
  }
}

function unknownHost(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'No server is hosted under this host name');
}
