import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ListenerSettings } from '../config/sections/listeners.ts';
import type { LimitsSettings } from '../config/sections/operation.ts';
import type { ListenerCertificates } from '../tls/listener-certificates.ts';
import { bindAddresses } from './bind-addresses.ts';
import { trustNetworks } from './client-address.ts';
import { ConnectionTracker } from './connection-tracker.ts';
import { listenerRequest, requestClassOf } from './listener.ts';
import type { Listener, ListenerRequest } from './listener.ts';

export interface ListenerOptions {
  readonly limits: LimitsSettings;
  readonly handle: RequestListener;
  /** Called when a request is over, answered or not. */
  readonly finished: (request: IncomingMessage, response: ServerResponse) => void;
  readonly certificates?: ListenerCertificates | undefined;
}

export interface OpenListener {
  readonly settings: ListenerSettings;
  readonly addresses: readonly AddressInfo[];
  /** Answers all that comes, and tells on each connection that it will be closed. */
  announceEnd(): void;
  /** Takes no new connections, closes the others when nothing is owed on them, and resolves when the last one is closed. */
  drain(): Promise<void>;
}

/** Opens a port at each of its addresses, all of them feeding the one handler. */
export async function openListener(settings: ListenerSettings, options: ListenerOptions): Promise<OpenListener> {
  const listener: Listener = {
    apis: new Set(settings.apis),
    isTrustedProxy: trustNetworks(settings.trusted_proxies ?? []),
    maxBodyBytes: settings.max_body_bytes,
    takesRequestId: settings.request_id_header,
  };
  const connections = new ConnectionTracker();
  const servers = await bindAddresses(settings, () => buildServer(listener, connections, options));
  return {
    settings,
    addresses: servers.map((server) => server.address()).filter((address) => isAddressInfo(address)),
    announceEnd: () => connections.announceEnd(),
    drain: async () => {
      const closed = servers.map(closeServer);
      connections.drain();
      await Promise.all(closed);
      options.certificates?.close();
    },
  };
}

function buildServer(listener: Listener, connections: ConnectionTracker, options: ListenerOptions): Server {
  const { limits, handle, finished, certificates } = options;
  const http = {
    IncomingMessage: requestClassOf(listener),
    maxHeaderSize: limits.header_bytes,
    headersTimeout: limits.headers_timeout,
    requestTimeout: limits.request_timeout,
    keepAliveTimeout: limits.keep_alive_timeout,
    connectionsCheckingInterval: 5000,
    requireHostHeader: false,
  };
  const server = certificates === undefined ? createHttpServer(http) : buildTlsServer(http, certificates);
  connections.watch(server, certificates !== undefined);
  server.on('request', serve);
  // An `Expect` header that is not understood does not change how a request is answered.
  server.on('checkExpectation', serve);
  return server;

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    connections.begin(socket, response);
    response.once('close', () => {
      connections.end(socket, response);
      end(listenerRequest(request));
      finished(request, response);
    });
    handle(request, response);
  }
}

function end(request: ListenerRequest): void {
  request.isOver = true;
  request.whenOver?.();
  request.whenOver = undefined;
}

function buildTlsServer(http: ServerOptions, certificates: ListenerCertificates): Server {
  const server = createHttpsServer({
    ...http,
    ...certificates.own().pem,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    SNICallback: (name, done) => done(null, certificates.choose(name)),
  });
  certificates.onOwnChange(() => server.setSecureContext({ ...certificates.own().pem, minVersion: 'TLSv1.2' }));
  return server;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
