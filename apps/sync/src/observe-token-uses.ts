import { accessTokenKey, DeviceSightings } from '@plexus/service-shell';
import type { Shell, TokenUses } from '@plexus/service-shell';
import type {
  DeviceSightingRepository,
  JudgedUnreadRepository,
  SeenUserRepository,
  TokenUseRepository,
} from '@plexus/storage';

const CLEAN_MS = 3_600_000;
const REMEMBERED = 10_000;
/** How long it is kept what a user's own push rules make of rooms in which little is unread. */
const UNUSED_MS = 30 * 24 * 3_600_000;

/** Hears which tokens and devices `/sync` sees, and keeps that in the background until the service stops. */
export function observeTokenUses(
  shell: Shell,
  {
    repository,
    seenUsers,
    judged,
  }: {
    readonly repository: DeviceSightingRepository & TokenUseRepository;
    readonly seenUsers: SeenUserRepository;
    readonly judged: Pick<JudgedUnreadRepository, 'removeUnused'>;
  },
): TokenUses {
  const { clock, logger, shutdown } = shell;
  const failed = (error: unknown) => logger.warn('Sightings of devices could not be stored', { err: error });
  const sightings = new DeviceSightings(repository, { seenUsers, clock, failed });
  const stopping = new AbortController();
  const storing = sightings.runUntil(stopping.signal);
  const cleaning = cleanUntil(stopping.signal);
  shutdown.onStop('device sightings of sync', async () => {
    stopping.abort();
    await Promise.all([storing, cleaning]);
  });
  const confirmed = new Set<string>();
  return {
    seen: (access, request) => sightings.seen(access, request),
    async confirm(tokenHash) {
      const key = accessTokenKey(tokenHash);
      if (confirmed.has(key)) return;
      await repository.storeTokenUse(tokenHash);
      if (confirmed.size >= REMEMBERED) confirmed.clear();
      confirmed.add(key);
    },
  };

  async function cleanUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.delay(CLEAN_MS, signal);
      if (signal.aborted) return;
      await repository.removeStale().catch(failed);
      await judged.removeUnused(UNUSED_MS).catch(failed);
    }
  }
}
