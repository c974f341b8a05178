import { RpcError, UnsentError } from '@plexus/rpc';
import type { SenderHandler, SenderChannels } from '@plexus/rpc';

/** Channels within one process: every address leads to the federation-sender that registered under it. */
export class LocalSenderChannels implements SenderChannels {
  readonly #handlers = new Map<string, SenderHandler>();
  #closed = false;

  /** Makes `handler` reachable under `address` until the returned function is called. */
  serve(address: string, handler: SenderHandler): () => void {
    if (this.#handlers.has(address)) throw new RpcError(`${address} is served already`);
    this.#handlers.set(address, handler);
    return () => this.#handlers.delete(address);
  }

  channelTo(address: string): SenderHandler {
    return {
      request: async (request, call) => asRpc(this.#handlerAt(address).request(request, call), call.deadlineMs),
      fetchKeys: async (request, call) => asRpc(this.#handlerAt(address).fetchKeys(request, call), call.deadlineMs),
      changeRemoteMembership: async (request, call) =>
        asRpc(this.#handlerAt(address).changeRemoteMembership(request, call), call.deadlineMs),
      inviteRemoteUser: async (request, call) =>
        asRpc(this.#handlerAt(address).inviteRemoteUser(request, call), call.deadlineMs),
      backfillRoom: async (request, call) =>
        asRpc(this.#handlerAt(address).backfillRoom(request, call), call.deadlineMs),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #handlerAt(address: string): SenderHandler {
    const handler = this.#closed ? undefined : this.#handlers.get(address);
    if (handler === undefined) throw new UnsentError(`nothing listens at ${address}`);
    return handler;
  }
}

/** What the handler throws, and that it does not answer in time, are what the wire would make of them. */
async function asRpc<T>(answer: Promise<T>, deadlineMs: number): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new RpcError('no answer in time')), deadlineMs);
  try {
    return await Promise.race([answer, tooLate]);
  } catch (error) {
    if (error instanceof RpcError) throw error;
    throw new RpcError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
