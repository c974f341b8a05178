import type { Clock } from '@plexus/matrix-base';
import type { SyncParts } from './compose-sync.ts';

const IDLE_CHECK_MS = 30_000;

/** Follows the log and drops what nobody uses, until the result is called. */
export function runInBackground({ follower, sessions, devices }: SyncParts, clock: Clock): () => Promise<void> {
  const stopping = new AbortController();
  const dropIdle = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.delay(IDLE_CHECK_MS, stopping.signal);
      sessions.dropIdle();
      devices.dropIdle(clock.now());
    }
  };
  const running = Promise.all([follower.run(stopping.signal), dropIdle()]);
  return async () => {
    stopping.abort();
    await running;
  };
}
