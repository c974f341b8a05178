import { RegistrationError } from '@plexus/appservices';
import { pauseBetweenLooks } from '@plexus/matrix-base';
import { findUnguardedListener, requireProxyPolicy } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import type { ClientApiPorts } from '../client-api-ports.ts';
import type { Telemetry } from '../telemetry.ts';
import { EnsureSenders } from './ensure-senders.ts';
import type { ConfiguredAppservice } from './seed-appservices.ts';
import { SeedAppservices } from './seed-appservices.ts';

const POLL_MS = 1_000;

/** Where the configuration's registrations come from. */
export interface ConfiguredAppservices {
  /** Nothing where they are as they were. Throws for those that cannot be used. */
  readChanged(): Promise<ConfiguredAppservice[] | undefined>;
}

type JobsConfig = Pick<Shell['config'], 'appservices' | 'listeners'>;
type JobsTelemetry = Pick<Telemetry, 'registrationsRead' | 'registrationsFailed'>;

/**
 * Takes the registrations of the configuration over, throwing for what is wrong with them, and follows their changes until the service stops: what
 * is wrong then is logged, and all stays as it was.
 */
export async function startAppserviceJobs(
  { config, clock, shutdown }: Pick<Shell, 'clock' | 'shutdown'> & { readonly config: JobsConfig },
  { appservices: { registry, repository }, servers, users }: ClientApiPorts,
  { files, telemetry }: { readonly files: ConfiguredAppservices; readonly telemetry: JobsTelemetry },
): Promise<void> {
  const seed = new SeedAppservices({ registry, repository }, config.appservices.token_overlap);
  const ensureSenders = new EnsureSenders({ registry, servers, users });
  /** What was read, and could not be stored for want of Postgres. */
  let unstored: readonly ConfiguredAppservice[] | undefined;
  await takeOver();
  requireProxyPolicy(config.listeners, registry.all());
  await ensureSenders.execute();
  const stopping = new AbortController();
  const following = follow(stopping.signal);
  shutdown.onStop('application services', async () => {
    stopping.abort();
    await following;
  });

  async function takeOver(): Promise<void> {
    const configured = (await files.readChanged()) ?? unstored;
    if (configured === undefined) return;
    requireGuarded(config.listeners, configured);
    unstored = configured;
    try {
      await seed.execute(configured);
      unstored = undefined;
    } catch (error) {
      // Told once: the files have to change first.
      if (error instanceof RegistrationError) unstored = undefined;
      throw error;
    }
    telemetry.registrationsRead(configured.length);
  }

  async function follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pauseBetweenLooks(POLL_MS, clock, signal);
      if (signal.aborted) return;
      await takeOver().catch((error: unknown) => telemetry.registrationsFailed(error));
      await ensureSenders.execute().catch((error: unknown) => telemetry.registrationsFailed(error));
    }
  }
}

/** Throws `RegistrationError` for a list of addresses that could not be kept, before anybody is let in by it. */
function requireGuarded(listeners: JobsConfig['listeners'], configured: readonly ConfiguredAppservice[]): void {
  const unguarded = findUnguardedListener(listeners);
  if (unguarded === undefined) return;
  const guarded = configured.find(({ registration }) => registration.settings.ipRangeWhitelist.length > 0);
  if (guarded === undefined) return;
  const reason = `needs listeners[${unguarded}].trusted_proxies in the configuration: the proxies before it, or [] where there is none`;
  throw new RegistrationError(guarded.source, [{ key: 'ip_range_whitelist', reason }]);
}
