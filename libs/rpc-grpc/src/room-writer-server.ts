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

/** Offers the owner's side of `RoomWriter` on a gRPC server. What the handler throws becomes `failed`: the caller repeats. */
export function addRoomWriter(server: Server, handler: RoomCommandHandler): void {
  const implementation: RoomWriterServer = { execute: (stream) => serveStream(stream, handler) };
  server.addService(RoomWriterService, implementation);
}

function serveStream(
  stream: ServerDuplexStream<RoomCommandBatch, RoomCommandResultBatch>,
  handler: RoomCommandHandler,
): void {
  let results: RoomCommandResult[] = [];
  let isOpen = true;

  const flush = (): void => {
    if (isOpen) stream.write({ results });
    results = [];
  };
  const answer = (result: RoomCommandResult): void => {
    // @NOTE Results that are ready in the same turn of the event loop leave as one message.
    if (results.push(result) === 1) setImmediate(flush);
  };

  stream.on('data', (batch: RoomCommandBatch) => {
    for (const command of batch.commands) void executeCommand(handler, command).then(answer);
  });
  stream.on('end', () => {
    isOpen = false;
    stream.end();
  });
  stream.on('cancelled', () => {
    isOpen = false;
  });
  stream.on('error', () => {
    isOpen = false;
  });
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
