import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { SyncParts } from './sync-parts.ts';

const IDLE_CHECK_MS = 30_000;
const EXPIRY_CHECK_MS = 500;
const PRESENCE_CHECK_MS = 5_000;

/** Follows the log and the users' streams, ends what is over, and drops what nobody uses, until the result is called. */
export function runInBackground(
  { follower, streams, deviceLists, sessions, devices, given, typing, presence, announce }: SyncParts,
  clock: Clock,
): () => Promise<void> {
  const stopping = new AbortController();
  const every = async (pauseMs: number, work: () => void): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pauseBetweenLooks(pauseMs, clock, stopping.signal);
      work();
    }
  };
  const dropIdle = (): void => {
    sessions.dropIdle();
    devices.dropIdle(clock.now());
    given.dropOld();
  };
  const keepPresence = (): void => {
    announce.repeat();
    presence.expire();
  };
  const running = Promise.all([
    follower.run(stopping.signal),
    streams.run(stopping.signal),
    deviceLists.run(stopping.signal),
    every(IDLE_CHECK_MS, dropIdle),
    every(EXPIRY_CHECK_MS, () => typing.expire(clock.now())),
    every(PRESENCE_CHECK_MS, keepPresence),
  ]);
  return async () => {
    stopping.abort();
    await running;
  };
}
