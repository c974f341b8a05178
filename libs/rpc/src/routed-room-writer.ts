import type { Clock, RandomSource } from '@plexus/matrix-base';
import { AttemptTimer } from './attempt-timer.ts';
import type { RoomCommand, RoomCommandResult } from './generated/plexus/rpc/v1/room_writer.ts';
import type { RoomCommandReply, RoomCommandRequest, RoomWriter } from './room-writer.ts';
import type { RoomWriterChannels, ShardOwners } from './room-writer-channel.ts';
import { RpcError } from './rpc-error.ts';

export interface RoutedRoomWriterOptions {
  readonly owners: ShardOwners;
  readonly channels: RoomWriterChannels;
  readonly shardOf: (roomId: string) => number;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** W3C `traceparent` of what runs now, or an empty string. */
  readonly traceparent?: () => string;
  /** How long a command waits for an owner that answers, in milliseconds. */
  readonly deadlineMs?: number;
  /** How long one attempt waits for its answer before the owner is looked up again: it may have been paused or replaced. */
  readonly attemptMs?: number;
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;
const TOO_LATE = 'the owner did not answer';

/**
 * Sends each command to the owner of its room's shard.
 *
 *     find owner ──► send ──► stored | refused | overloaded ──► caller
 *         ▲            │
 *         │            └─ not owner, failed, broken channel, no answer in time
 *         └── pause ◄──┘      (same command id: an effect happens once)
 */
export class RoutedRoomWriter implements RoomWriter {
  readonly #options: RoutedRoomWriterOptions;
  readonly #deadlineMs: number;
  readonly #attempts: AttemptTimer;

  constructor(options: RoutedRoomWriterOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? 30_000;
    this.#attempts = new AttemptTimer(options.clock, options.attemptMs ?? 5_000);
  }

  async execute(request: RoomCommandRequest): Promise<RoomCommandReply> {
    const { clock, shardOf, traceparent } = this.#options;
    const command: RoomCommand = {
      ...request,
      correlationId: 0,
      shard: request.shard ?? shardOf(request.roomId),
      traceparent: traceparent?.() ?? '',
    };
    const deadline = clock.now() + this.#deadlineMs;
    let because = 'the shard has no owner';
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const attempt = await this.#attempt(command);
      if (typeof attempt !== 'string') return attempt;
      because = attempt;
      if (clock.now() + pauseMs >= deadline) return { $case: 'failed', value: { error: because } };
      await clock.delay(pauseMs * (0.5 + this.#options.random.fraction() / 2));
    }
  }

  /** One attempt; a string says why it must be repeated. */
  async #attempt(command: RoomCommand): Promise<RoomCommandReply | string> {
    const { owners, channels } = this.#options;
    const address = await owners.findOwner(command.shard);
    if (address === undefined) return `shard ${command.shard} has no owner`;
    const result = await this.#answerInTime(channels.channelTo(address).execute(command));
    const reply = typeof result === 'string' ? undefined : result.result;
    if (reply !== undefined && reply.$case !== 'notOwner' && reply.$case !== 'failed') return reply;
    owners.forgetOwner(command.shard);
    if (typeof result === 'string') return result;
    return reply?.$case === 'failed' ? reply.value.error : `${address} does not own shard ${command.shard}`;
  }

  async #answerInTime(answer: Promise<RoomCommandResult>): Promise<RoomCommandResult | string> {
    try {
      return await this.#attempts.within(answer, TOO_LATE);
    } catch (error) {
      if (error instanceof RpcError) return error.message;
      throw error;
    }
  }
}
