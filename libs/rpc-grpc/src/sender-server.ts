import { status } from '@grpc/grpc-js';
import type { Server, handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { RemoteServersService } from '@plexus/rpc';
import type { RemoteServersServer, SenderCall, SenderHandler } from '@plexus/rpc';

/** Offers a federation-sender on a gRPC server. What the handler throws ends the call: the caller decides whether to repeat it. */
export function addSender(server: Server, handler: SenderHandler): void {
  const implementation: RemoteServersServer = {
    request: unary((request, call) => handler.request(request, call)),
    fetchKeys: unary((request, call) => handler.fetchKeys(request, call)),
    changeRemoteMembership: unary((request, call) => handler.changeRemoteMembership(request, call)),
    inviteRemoteUser: unary((request, call) => handler.inviteRemoteUser(request, call)),
    backfillRoom: unary((request, call) => handler.backfillRoom(request, call)),
  };
  server.addService(RemoteServersService, implementation);
}

function unary<Request, Answer>(
  handle: (request: Request, call: SenderCall) => Promise<Answer>,
): handleUnaryCall<Request, Answer> {
  return (call, done) => void answer(call, done, handle);
}

async function answer<Request, Answer>(
  call: ServerUnaryCall<Request, Answer>,
  done: sendUnaryData<Answer>,
  handle: (request: Request, call: SenderCall) => Promise<Answer>,
): Promise<void> {
  try {
    done(null, await handle(call.request, { deadlineMs: remainingMs(call.getDeadline()) }));
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    done({ code: status.INTERNAL, details });
  }
}

function remainingMs(deadline: Date | number): number {
  return Math.max(0, Number(deadline) - Date.now());
}
