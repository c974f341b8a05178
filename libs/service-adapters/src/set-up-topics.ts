import type { Clock } from '@plexus/matrix-base';
import type { Topics, TopicSetup } from '@plexus/topics';

const RETRY_MS = 1_000;

/** Sets topics up as soon as they can be reached; ends early with the signal. For those whose loss is tolerable: nobody waits for it. */
export async function setUpTopics(
  topics: Pick<Topics, 'setUp'>,
  setups: readonly TopicSetup[],
  {
    clock,
    signal,
    failed,
  }: { readonly clock: Clock; readonly signal: AbortSignal; readonly failed: (error: unknown) => void },
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await topics.setUp(setups);
    } catch (error) {
      failed(error);
      await clock.delay(RETRY_MS, signal);
    }
  }
}
