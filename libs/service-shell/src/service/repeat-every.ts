import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';

export interface RepeatEveryPorts {
  readonly clock: Pick<Clock, 'delay' | 'pause'>;
  /** Ends it. */
  readonly signal: AbortSignal;
  failed(error: unknown): void;
}

/** Does some work after each pause. What fails is told of, and done again after the next pause. */
export async function repeatEvery(
  pauseMs: number,
  work: () => Promise<void>,
  { clock, signal, failed }: RepeatEveryPorts,
): Promise<void> {
  for (;;) {
    await pauseBetweenLooks(pauseMs, clock, signal);
    if (signal.aborted) return;
    try {
      await work();
    } catch (error) {
      failed(error);
    }
  }
}
