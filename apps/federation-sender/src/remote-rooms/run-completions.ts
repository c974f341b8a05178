import type { Clock } from '@plexus/matrix-base';
import type { StagedEventWriter } from '@plexus/storage';
import type { CompleteJoins, Completion } from './complete-joins.ts';

export interface RunCompletionsPorts {
  readonly joins: Pick<CompleteJoins, 'runOne'>;
  readonly staged: Pick<StagedEventWriter, 'removeForgotten'>;
  readonly clock: Clock;
  completed(completion: Completion): void;
  failed(error: unknown): void;
}

const LOOK_EVERY_MS = 15_000;
const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;
const FORGOTTEN_AT_ONCE = 10;

/** Completes joins that are due, and clears away what imports that nobody came back to have left, until it is stopped. */
export class RunCompletions {
  readonly #ports: RunCompletionsPorts;
  #woken = Promise.withResolvers<void>();

  constructor(ports: RunCompletionsPorts) {
    this.#ports = ports;
  }

  /** There may be something to do. */
  wake(): void {
    this.#woken.resolve();
  }

  async runUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#woken = Promise.withResolvers<void>();
      const hasWorked = await this.#work();
      if (hasWorked || signal.aborted) continue;
      const pause = new AbortController();
      const stop = (): void => pause.abort();
      signal.addEventListener('abort', stop, { once: true });
      await Promise.race([this.#ports.clock.delay(LOOK_EVERY_MS, pause.signal), this.#woken.promise]);
      signal.removeEventListener('abort', stop);
      pause.abort();
    }
  }

  async #work(): Promise<boolean> {
    const { joins, staged, completed, failed } = this.#ports;
    try {
      const completion = await joins.runOne();
      if (completion !== undefined) {
        completed(completion);
        return true;
      }
      await staged.removeForgotten(FORGOTTEN_AFTER_MS, FORGOTTEN_AT_ONCE);
      return false;
    } catch (error) {
      failed(error);
      return false;
    }
  }
}
