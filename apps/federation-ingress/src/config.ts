import { availableParallelism } from 'node:os';
import type { FairSlotsLimits, PlexusConfig } from '@plexus/service-shell';

/** The sections of the configuration that this app reads. */
export type FederationIngressConfig = Pick<PlexusConfig, 'fairness' | 'presence' | 'room_directory'>;

const MOST_THREADS = 4;

/** Threads that check signatures: one core is for everything else. */
export function verificationThreads(): number {
  return Math.min(Math.max(availableParallelism() - 1, 1), MOST_THREADS);
}

/** A request that takes longer waits for somebody else. */
const COUNTED_MS = 1_000;

/** Of requests that are answered at once: the hosted servers that they are for take turns. */
export function requestSlots({ fairness }: FederationIngressConfig): FairSlotsLimits {
  return {
    slots: fairness.concurrent_federation_requests,
    waiting: fairness.waiting_requests_per_server,
    countedMs: COUNTED_MS,
  };
}
