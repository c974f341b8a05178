import { Server } from '@grpc/grpc-js';
import { findTracing, writeHostAndPort } from '@plexus/service-shell';
import type { RpcSettings } from '@plexus/service-shell';
import type { GrpcSecurity } from './grpc-tls.ts';
import { receiveTrace } from './tracing/trace-calls.ts';

type GrpcSettings = RpcSettings['grpc'];

/** A call that is not answered so long after its service has stopped is broken off. */
const DRAIN_MS = 10_000;

/** What a process offers to the others: reachable at the address until it is stopped. */
export interface ServedRpc {
  readonly address: string;
  /** Answers what is under way, then closes. */
  stop(): Promise<void>;
}

/** The process's one gRPC server: it listens as soon as something is served, and ends with the last that is. */
export class GrpcServer {
  readonly #settings: GrpcSettings;
  readonly #security: GrpcSecurity;
  readonly #server: Server;
  #listening: Promise<number> | undefined;
  readonly #endings: (() => void)[] = [];
  #served = 0;

  constructor(settings: GrpcSettings, security: GrpcSecurity) {
    this.#settings = settings;
    this.#security = security;
    this.#server = new Server({
      'grpc.max_receive_message_length': 256 * 1024 * 1024,
      'grpc.max_send_message_length': 256 * 1024 * 1024,
      interceptors: [...security.interceptors, ...(findTracing() === undefined ? [] : [receiveTrace])],
    });
    security.onDistrust(() => void this.#dropConnections());
  }

  /** What `addService` returns ends the streams of the service, which otherwise live as long as their callers. */
  async serve(addService: (server: Server) => (() => void) | void): Promise<ServedRpc> {
    const endStreams = addService(this.#server);
    if (endStreams !== undefined) this.#endings.push(endStreams);
    this.#served += 1;
    this.#listening ??= this.#listen();
    const port = await this.#listening;
    const { advertised_host: host, bind_address: bound } = this.#settings;
    return { address: writeHostAndPort({ host: host ?? bound, port }), stop: () => this.#stop() };
  }

  /** Who is still trusted connects again; what is under way on a connection is answered before it ends. */
  async #dropConnections(): Promise<void> {
    const port = await this.#listening;
    if (port === undefined || this.#served === 0) return;
    this.#endStreams();
    this.#server.drain(writeHostAndPort({ host: this.#settings.bind_address, port }), DRAIN_MS);
  }

  #endStreams(): void {
    for (const endStreams of this.#endings) endStreams();
  }

  async #stop(): Promise<void> {
    this.#served -= 1;
    if (this.#served > 0) return;
    this.#endStreams();
    const answered = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    const tooLate = setTimeout(() => this.#server.forceShutdown(), DRAIN_MS);
    await answered;
    clearTimeout(tooLate);
  }

  #listen(): Promise<number> {
    const { bind_address: address, port } = this.#settings;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(writeHostAndPort({ host: address, port }), this.#security.server, (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
  }
}
