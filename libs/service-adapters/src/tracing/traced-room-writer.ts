import { beginSpan, currentTraceparent, runOutsideOfContext, traceparentOf, withSpan } from '@plexus/service-shell';
import type {
  RoomCommand,
  RoomCommandHandler,
  RoomCommandReply,
  RoomCommandRequest,
  RoomCommandResult,
  RoomWriter,
} from '@plexus/rpc';

/** The way into rooms, with a span for each command of a recorded trace. */
export class TracedRoomWriter implements RoomWriter {
  readonly #writer: RoomWriter;

  constructor(writer: RoomWriter) {
    this.#writer = writer;
  }

  execute(request: RoomCommandRequest): Promise<RoomCommandReply> {
    if (currentTraceparent() === '') return this.#writer.execute(request);
    return withSpan({ name: `ask the room's owner: ${request.command?.$case ?? 'nothing'}`, kind: 'client' }, () =>
      this.#writer.execute(request),
    );
  }
}

/**
 * The owner's side of it: what the command comes to is part of its caller's trace. It runs in no context of the caller's: the owner's loop goes on
 * with what others have asked.
 */
export function tracedRoomCommands(handler: RoomCommandHandler): RoomCommandHandler {
  return {
    execute: (command) => runOutsideOfContext(() => executeTraced(handler, command)),
    takeShards: (shards) => handler.takeShards(shards),
  };
}

async function executeTraced(handler: RoomCommandHandler, command: RoomCommand): Promise<RoomCommandResult> {
  const { traceparent, shard, command: content } = command;
  const name = `execute ${content?.$case ?? 'nothing'}`;
  const span = beginSpan({ name, kind: 'server', traceparent, attributes: { 'plexus.room_shard': shard } });
  if (span === undefined) return handler.execute(command);
  try {
    const answer = await handler.execute({ ...command, traceparent: traceparentOf(span.context) });
    span.end({ attributes: { 'plexus.outcome': answer.result?.$case ?? 'nothing' } });
    return answer;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}
