import type { NoticesChannels, NoticesHandler } from '@plexus/rpc';
import { asRpc, LocalReplicas } from './local-replicas.ts';

/** Channels within one process: every address leads to the notices that registered under it. */
export class LocalNoticesChannels implements NoticesChannels {
  readonly #replicas = new LocalReplicas<NoticesHandler>();

  /** Makes `handler` reachable under `address` until the returned function is called. */
  serve(address: string, handler: NoticesHandler): () => void {
    return this.#replicas.serve(address, handler);
  }

  channelTo(address: string): NoticesHandler {
    const notices = (): NoticesHandler => this.#replicas.handlerAt(address);
    return {
      sendNotice: async (request, call) => asRpc(notices().sendNotice(request, call), call.deadlineMs),
      startBroadcast: async (request, call) => asRpc(notices().startBroadcast(request, call), call.deadlineMs),
      changeBroadcast: async (request, call) => asRpc(notices().changeBroadcast(request, call), call.deadlineMs),
    };
  }

  async close(): Promise<void> {
    this.#replicas.close();
  }
}
