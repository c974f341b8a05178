import { Server } from '@grpc/grpc-js';
import { findTracing } from '@plexus/service-shell';
import type { RpcSettings } from '@plexus/service-shell';
import type { GrpcSecurity } from './grpc-tls.ts';
import { receiveTrace } from './tracing/trace-calls.ts';

type GrpcSettings = RpcSettings['grpc'];

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
  #served = 0;

  constructor(settings: GrpcSettings, security: GrpcSecurity) {
    this.#settings = settings;
    this.#security = security;
    this.#server = new Server({
      'grpc.max_receive_message_length': 256 * 1024 * 1024,
      'grpc.max_send_message_length': 256 * 1024 * 1024,
      interceptors: [...security.interceptors, ...(findTracing() === undefined ? [] : [receiveTrace])],
    });
  }

  async serve(addService: (server: Server) => void): Promise<ServedRpc> {
    addService(this.#server);
    this.#served += 1;
    this.#listening ??= this.#listen();
    const port = await this.#listening;
    const { advertised_host: host, bind_address: bound } = this.#settings;
    return { address: `${host ?? bound}:${port}`, stop: async () => this.#stop() };
  }

  /** Streams of callers stay open for as long as they live: what is answered by now is all that this process answers. */
  #stop(): void {
    this.#served -= 1;
    if (this.#served === 0) this.#server.forceShutdown();
  }

  #listen(): Promise<number> {
    const { bind_address: address, port } = this.#settings;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`${address}:${port}`, this.#security.server, (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
  }
}
