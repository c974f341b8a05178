import type { AppserviceQueueState } from '@plexus/storage';

/** Of an application service that takes nothing, while something waits for it. */
export function failingQueueOf(appserviceId: string): AppserviceQueueState {
  return {
    appserviceId,
    shard: 0,
    version: 1,
    takenSeq: 1,
    isPaused: false,
    failures: 3,
    dueInMs: 1_000,
    failingSince: 0,
    lastError: 'connect',
    lastSentAt: undefined,
    lastSeq: 5,
    firstSeq: 1,
    backlog: 4,
    oldestAgeMs: 60_000,
    transactionId: undefined,
  };
}
