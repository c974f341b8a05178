import type { Shell } from '@plexus/service-shell';
import type { Telemetry } from '../telemetry.ts';
import type { PropagateProfilesPorts } from './propagate-profiles.ts';
import { PropagateProfiles } from './propagate-profiles.ts';

/** Carries changed profiles into rooms until the process stops. */
export function startProfileJobs(
  { config, shutdown }: Shell,
  ports: PropagateProfilesPorts,
  telemetry: Pick<Telemetry, 'propagationRan'>,
): void {
  const { propagation_rooms_per_second: roomsPerSecond } = config.profiles;
  const propagation = new PropagateProfiles(ports, roomsPerSecond, (run) => telemetry.propagationRan(run));
  const stopping = new AbortController();
  const ended = propagation.runUntil(stopping.signal);
  shutdown.onStop('profile propagation', async () => {
    stopping.abort();
    await ended;
  });
}
