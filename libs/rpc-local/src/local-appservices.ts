import type { AppservicesChannels, AppservicesHandler } from '@plexus/rpc';
import { asRpc, LocalReplicas } from './local-replicas.ts';

/** Channels within one process: every address leads to the appservice-sender that registered under it. */
export class LocalAppservicesChannels implements AppservicesChannels {
  readonly #replicas = new LocalReplicas<AppservicesHandler>();

  /** Makes `handler` reachable under `address` until the returned function is called. */
  serve(address: string, handler: AppservicesHandler): () => void {
    return this.#replicas.serve(address, handler);
  }

  channelTo(address: string): AppservicesHandler {
    const sender = (): AppservicesHandler => this.#replicas.handlerAt(address);
    return {
      ping: async (request, call) => asRpc(sender().ping(request, call), call.deadlineMs),
      query: async (request, call) => asRpc(sender().query(request, call), call.deadlineMs),
      queryThirdParty: async (request, call) => asRpc(sender().queryThirdParty(request, call), call.deadlineMs),
      wakeQueues: async (request, call) => asRpc(sender().wakeQueues(request, call), call.deadlineMs),
      changeQueue: async (request, call) => asRpc(sender().changeQueue(request, call), call.deadlineMs),
    };
  }

  async close(): Promise<void> {
    this.#replicas.close();
  }
}
