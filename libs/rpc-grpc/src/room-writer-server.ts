import { RoomWriterService } from '@plexus/rpc';
import type {
  RoomCommand,
  RoomCommandBatch,
  RoomCommandHandler,
  RoomCommandResult,
  RoomCommandResultBatch,
  RoomWriterServer,
} from '@plexus/rpc';
import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import { unary } from './unary.ts';

type CommandStream = ServerDuplexStream<RoomCommandBatch, RoomCommandResultBatch>;

/**
 * Offers the owner's side of `RoomWriter` on a gRPC server. What the handler throws becomes `failed`: the caller repeats. The returned
 * function ends the streams of all callers, behind the results that are ready.
 */
export function addRoomWriter(server: Server, handler: RoomCommandHandler): () => void {
  const ends = new Set<() => void>();
  const implementation: RoomWriterServer = {
    execute(stream) {
      const end = serveStream(stream, handler, () => ends.delete(end));
      ends.add(end);
    },
    takeShards: unary(async ({ shards }) => {
      await handler.takeShards(shards);
      return {};
    }),
  };
  server.addService(RoomWriterService, implementation);
  return () => {
    for (const end of ends) end();
  };
}

/** Answers what comes on a stream; returns what ends it from this side. */
function serveStream(stream: CommandStream, handler: RoomCommandHandler, closed: () => void): () => void {
  let results: RoomCommandResult[] = [];
  let isOpen = true;

  const flush = (): void => {
    if (isOpen && results.length > 0) stream.write({ results });
    results = [];
  };
  const answer = (result: RoomCommandResult): void => {
    // @NOTE Results that are ready in the same turn of the event loop leave as one message.
    if (results.push(result) === 1) setImmediate(flush);
  };
  const close = (): void => {
    isOpen = false;
    closed();
  };
  const end = (): void => {
    if (!isOpen) return;
    flush();
    close();
    stream.end();
  };

  stream.on('data', (batch: RoomCommandBatch) => {
    for (const command of batch.commands) void executeCommand(handler, command).then(answer);
  });
  stream.on('end', () => {
    close();
    stream.end();
  });
  stream.on('cancelled', close);
  stream.on('error', close);
  return end;
}

async function executeCommand(handler: RoomCommandHandler, command: RoomCommand): Promise<RoomCommandResult> {
  try {
    const { result } = await handler.execute(command);
    return { correlationId: command.correlationId, result };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return { correlationId: command.correlationId, result: { $case: 'failed', value: { error: because } } };
  }
}
