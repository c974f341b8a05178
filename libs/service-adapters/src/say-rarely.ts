import type { Clock } from '@plexus/matrix-base';

/** How long the same is not said again. */
const QUIET_MS = 10_000;

/** Says the first of a row of failures at once, later ones now and then with how many were not said: each request may fail in the same way. */
export function sayRarely(
  clock: Pick<Clock, 'now'>,
  say: (error: unknown, unsaid: number) => void,
): (error: unknown) => void {
  let quietUntil = -Infinity;
  let unsaid = 0;
  return (error) => {
    const now = clock.now();
    if (now < quietUntil) {
      unsaid += 1;
      return;
    }
    say(error, unsaid);
    quietUntil = now + QUIET_MS;
    unsaid = 0;
  };
}
