import { parentPort } from 'node:worker_threads';
import { verifyEd25519 } from '@plexus/matrix-base';
import type { Ed25519Claim } from '@plexus/matrix-base';

export interface VerificationTask {
  readonly taskId: number;
  readonly claims: readonly Ed25519Claim[];
}

/** Whether each signature is right. */
export interface VerificationMessage {
  readonly taskId: number;
  readonly verified: readonly boolean[];
}

parentPort?.on('message', ({ taskId, claims }: VerificationTask) => {
  parentPort?.postMessage({ taskId, verified: claims.map(verifyEd25519) } satisfies VerificationMessage);
});
