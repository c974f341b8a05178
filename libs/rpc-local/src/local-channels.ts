import { RpcError } from '@plexus/rpc';
import type { RoomCommandHandler, RoomWriterChannel, RoomWriterChannels } from '@plexus/rpc';

/**
 * Channels within one process: every address leads to the handler that registered under it. What the wire would do to a command
 * (a copy, an answer later than the call) does not happen here; what it would refuse does.
 */
export class LocalRoomWriterChannels implements RoomWriterChannels {
  readonly #handlers = new Map<string, RoomCommandHandler>();
  #closed = false;

  /** Makes `handler` reachable under `address` until the returned function is called. */
  serve(address: string, handler: RoomCommandHandler): () => void {
    if (this.#handlers.has(address)) throw new RpcError(`${address} is served already`);
    this.#handlers.set(address, handler);
    return () => this.#handlers.delete(address);
  }

  channelTo(address: string): RoomWriterChannel {
    return {
      execute: async (command) => this.#handlerAt(address).execute(command),
      takeShards: async (shards) => this.#handlerAt(address).takeShards(shards),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #handlerAt(address: string): RoomCommandHandler {
    const handler = this.#handlers.get(address);
    if (this.#closed || handler === undefined) throw new RpcError(`nothing listens at ${address}`);
    return handler;
  }
}
