import type { RoomCommand, RoomCommandResult } from './generated/plexus/rpc/v1/room_writer.ts';

/** A way to one process that may own shards. */
export interface RoomWriterChannel {
  /** Hands a command over; `correlationId` is the channel's to set. Throws `RpcError` where no answer comes. */
  execute(command: RoomCommand): Promise<RoomCommandResult>;
  /** Asks this process to own shards that nobody owns; resolves when it does. Throws `RpcError` where no answer comes in time. */
  takeShards(shards: readonly number[], deadlineMs: number): Promise<void>;
}

/** Opens channels by the address that an owner wrote into its shard's row, and keeps one per address. */
export interface RoomWriterChannels {
  channelTo(address: string): RoomWriterChannel;
  /** Closes all channels; commands without an answer fail with `RpcError`. */
  close(): Promise<void>;
}

/** Who owns a shard, as far as the caller knows. */
export interface ShardOwners {
  /** Address of the shard's owner, or nothing where nobody owns it now. */
  findOwner(shard: number): Promise<string | undefined>;
  /** What was found for this shard is no longer true. */
  forgetOwner(shard: number): void;
}
