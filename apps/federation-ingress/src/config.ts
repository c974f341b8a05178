import { availableParallelism } from 'node:os';
import type { PlexusConfig } from '@plexus/service-shell';

/** The sections of the configuration that this app reads. */
export type FederationIngressConfig = Pick<PlexusConfig, 'presence' | 'room_directory'>;

const MOST_THREADS = 4;

/** Threads that check signatures: one core is for everything else. */
export function verificationThreads(): number {
  return Math.min(Math.max(availableParallelism() - 1, 1), MOST_THREADS);
}
