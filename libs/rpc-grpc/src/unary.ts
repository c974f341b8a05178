import { status } from '@grpc/grpc-js';
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type { SenderCall } from '@plexus/rpc';

/** Offers a method of a handler. What it throws ends the call: the caller decides whether to repeat it. */
export function unary<Request, Answer>(
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
