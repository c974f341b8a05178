import type { SenderChannels, SenderHandler } from '@plexus/rpc';
import { asRpc, LocalReplicas } from './local-replicas.ts';

/** Channels within one process: every address leads to the federation-sender that registered under it. */
export class LocalSenderChannels implements SenderChannels {
  readonly #replicas = new LocalReplicas<SenderHandler>();

  /** Makes `handler` reachable under `address` until the returned function is called. */
  serve(address: string, handler: SenderHandler): () => void {
    return this.#replicas.serve(address, handler);
  }

  channelTo(address: string): SenderHandler {
    const sender = (): SenderHandler => this.#replicas.handlerAt(address);
    return {
      request: async (request, call) => asRpc(sender().request(request, call), call.deadlineMs),
      fetchKeys: async (request, call) => asRpc(sender().fetchKeys(request, call), call.deadlineMs),
      changeRemoteMembership: async (request, call) =>
        asRpc(sender().changeRemoteMembership(request, call), call.deadlineMs),
      inviteRemoteUser: async (request, call) => asRpc(sender().inviteRemoteUser(request, call), call.deadlineMs),
      backfillRoom: async (request, call) => asRpc(sender().backfillRoom(request, call), call.deadlineMs),
      postReport: async (request, call) => asRpc(sender().postReport(request, call), call.deadlineMs),
    };
  }

  async close(): Promise<void> {
    this.#replicas.close();
  }
}
