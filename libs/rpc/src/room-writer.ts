import type { RoomCommand, RoomCommandResult } from './generated/plexus/rpc/v1/room_writer.ts';

/** What a room is asked to do: the wire's command without what only the wire needs. */
export interface RoomCommandRequest extends Omit<RoomCommand, 'correlationId' | 'shard' | 'traceparent'> {
  /** The room's, where nothing is said: what is set aside may lie in a shard that is not its room's. */
  readonly shard?: number;
}

/**
 * What the room's owner answered in the end; that it has moved or failed for a moment is dealt with below. `received` answers `acceptPdu`
 * alone, which is never answered with `stored`.
 */
export type RoomCommandReply = Extract<
  NonNullable<RoomCommandResult['result']>,
  { $case: 'stored' | 'received' | 'refused' | 'overloaded' | 'failed' }
>;

/**
 * The way into rooms for other services. `execute` finds the room's owner, waits for a new one where it is gone, and repeats the
 * command under the same `commandId` until it is answered or its deadline passes (then `failed`). A command that had an effect once
 * answers `stored` with its first result ever after.
 */
export interface RoomWriter {
  execute(command: RoomCommandRequest): Promise<RoomCommandReply>;
}

/** The owner's side: executes a batch of commands of shards that this process owns. Results come as they are ready. */
export interface RoomCommandHandler {
  execute(command: RoomCommand): Promise<RoomCommandResult>;
  /** Takes those of these shards that nobody owns; resolves when they are taken. */
  takeShards(shards: readonly number[]): Promise<void>;
}
