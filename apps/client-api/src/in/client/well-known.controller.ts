import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type {
  ClientWellKnownResponse,
  PolicyServerWellKnownResponse,
  SupportWellKnownResponse,
} from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { HostedServer } from '@plexus/storage';
import { writtenSupport } from '../admin/server-body.ts';
import { RequestedServer } from '../requested-server.ts';

/** Server discovery, for the hosted server that the request's `Host` names. */
@Controller('.well-known/matrix')
export class WellKnownController {
  readonly #requestedServer: RequestedServer;

  constructor(requestedServer: RequestedServer) {
    this.#requestedServer = requestedServer;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixclient */
  @Get('client')
  client(@Req() request: FastifyRequest): ClientWellKnownResponse {
    const { publicBaseUrl } = this.#requireServed(request).settings;
    if (publicBaseUrl === undefined) throw notServed();
    return { 'm.homeserver': { base_url: publicBaseUrl } };
  }

  /** https://spec.matrix.org/v1.19/server-server-api/#getwell-knownmatrixserver */
  @Get('server')
  server(@Req() request: FastifyRequest): { 'm.server': string } {
    const { wellKnown, publicBaseUrl } = this.#requireServed(request).settings;
    const server = wellKnown?.server ?? (publicBaseUrl && hostAndPort(publicBaseUrl));
    if (server === undefined) throw notServed();
    return { 'm.server': server };
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport */
  @Get('support')
  support(@Req() request: FastifyRequest): SupportWellKnownResponse {
    const support = this.#requireServed(request).settings.wellKnown?.support;
    const document = support === undefined ? {} : writtenSupport(support);
    if (Object.keys(document).length === 0) throw notServed();
    return document;
  }

  /** https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixpolicy_server */
  @Get('policy_server')
  policyServer(@Req() request: FastifyRequest): PolicyServerWellKnownResponse {
    const { publicKey } = this.#requireServed(request).settings.policyServer ?? {};
    if (publicKey === undefined) throw notServed();
    return { public_keys: { ed25519: publicKey } };
  }

  #requireServed(request: FastifyRequest): HostedServer {
    const server = this.#requestedServer.get(request);
    if (server.settings.wellKnown?.enabled === false) throw notServed();
    return server;
  }
}

function hostAndPort(baseUrl: string): string {
  const { hostname, port, protocol } = new URL(baseUrl);
  return `${hostname}:${port === '' ? (protocol === 'http:' ? 80 : 443) : port}`;
}

function notServed(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'There is no such document');
}
