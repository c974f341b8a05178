import { parentPort } from 'node:worker_threads';
import { verifyBatch } from './verify-pdu.ts';
import type { VerificationBatch, Verified } from './verify-pdu.ts';

export interface VerificationTask {
  readonly taskId: number;
  readonly batch: VerificationBatch;
}

export type VerificationMessage =
  | { readonly taskId: number; readonly verified: readonly Verified[] }
  | { readonly taskId: number; readonly because: string };

parentPort?.on('message', ({ taskId, batch }: VerificationTask) => {
  parentPort?.postMessage(respond(taskId, batch));
});

function respond(taskId: number, batch: VerificationBatch): VerificationMessage {
  try {
    return { taskId, verified: verifyBatch(batch) };
  } catch (error) {
    return { taskId, because: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
