import { StateReader } from '@plexus/room-view';
import type { Shell } from '@plexus/service-shell';
import type { ExpiredRowRepository } from '@plexus/storage';
import type { ClientApiPorts } from '../client-api-ports.ts';
import type { Telemetry } from '../telemetry.ts';
import { composeJoinSteps } from '../compose-join-steps.ts';
import { lookForWork } from '../jobs/look-for-work.ts';
import { AdvanceSigningKeys } from '../servers/advance-signing-keys.ts';
import { OwnMemberships } from './own-memberships.ts';
import { RunDeactivations } from './run-deactivations.ts';

const LOOK_AGAIN_MS = 2_000;
const SWEEP_MS = 600_000;

/** Starts what goes on in the background for accounts and the keys of their servers, until the service stops. */
export function startAccountJobs(
  { clock, shutdown }: Shell,
  ports: ClientApiPorts,
  { telemetry, expired }: { readonly telemetry: Telemetry; readonly expired: ExpiredRowRepository },
): void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const memberships = new OwnMemberships(ports.rooms, new StateReader(ports.rooms, ports.stateNodes));
  const runDeactivations = new RunDeactivations({ ...ports, memberships });
  const deactivations = lookForWork(signal, {
    runOnce: (stopped) => runDeactivations.runOnce(stopped),
    rest: () => clock.delay(LOOK_AGAIN_MS, signal),
    report: (look) => telemetry.deactivationRan(look),
  });
  const sweeping = sweepUntil(signal);
  const guests = composeJoinSteps(ports).partGuests.runUntil(signal, (error) => telemetry.sweepFailed(error));
  const keys = new AdvanceSigningKeys(ports.servers, clock).runUntil(signal, (error) => telemetry.sweepFailed(error));
  shutdown.onStop('account jobs', async () => {
    stopping.abort();
    await Promise.all([deactivations, sweeping, guests, keys]);
  });

  async function sweepUntil(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await expired.removeExpired().catch((error: unknown) => telemetry.sweepFailed(error));
      await clock.delay(SWEEP_MS, stopped);
    }
  }
}
