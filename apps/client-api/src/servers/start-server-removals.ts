import type { Shell } from '@plexus/service-shell';
import { lookForWork } from '../jobs/look-for-work.ts';
import type { Telemetry } from '../telemetry.ts';
import { RunRemovals } from './run-removals.ts';
import type { RunRemovalsPorts } from './run-removals.ts';

const LOOK_AGAIN_MS = 2_000;

/** Removes hosted servers in the background, until the service stops. */
export function startServerRemovals({ clock, shutdown }: Shell, ports: RunRemovalsPorts, telemetry: Telemetry): void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const removals = new RunRemovals(ports);
  const running = lookForWork(signal, {
    runOnce: (stopped) => removals.runOnce(stopped),
    rest: () => clock.delay(LOOK_AGAIN_MS, signal),
    report: (look) => telemetry.removalRan(look),
  });
  shutdown.onStop('server removals', async () => {
    stopping.abort();
    await running;
  });
}
