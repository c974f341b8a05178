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

/** A server that is slow to give its state holds up no other one's. Each holds an answer in memory. */
const AT_ONCE = 4;
/**
 * Who has joined goes first: what they do at once, with a room that they can use already, does not wait behind a state of many MiB that is read and verified.
 */
const HEAD_START_MS = 30;
const LOOK_EVERY_MS = 15_000;
const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;
const FORGOTTEN_AT_ONCE = 10;

/** Completes joins that are due, some at once, and clears away what imports that nobody came back to have left, until it is stopped. */
export class RunCompletions {
  readonly #ports: RunCompletionsPorts;
  readonly #working = new Set<Promise<void>>();
  #woken = Promise.withResolvers<void>();

  constructor(ports: RunCompletionsPorts) {
    this.#ports = ports;
  }

  /** A room is here that lacks members: there is something to do in a moment. */
  wake(): void {
    void this.#ports.clock.delay(HEAD_START_MS).then(() => this.#woken.resolve());
  }

  /** Resolves when nothing is worked on any more. */
  async runUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#woken = Promise.withResolvers<void>();
      this.#begin(signal);
      const pause = new AbortController();
      const stop = (): void => pause.abort();
      signal.addEventListener('abort', stop, { once: true });
      await Promise.race([this.#ports.clock.delay(LOOK_EVERY_MS, pause.signal), this.#woken.promise]);
      signal.removeEventListener('abort', stop);
      pause.abort();
    }
    await Promise.all(this.#working);
  }

  /** Begins with one more join; whoever is at work already goes on with what else is due. */
  #begin(signal: AbortSignal): void {
    if (this.#working.size >= AT_ONCE) return;
    const working = this.#workOff(signal).finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  async #workOff(signal: AbortSignal): Promise<void> {
    const { joins, staged, completed, failed } = this.#ports;
    try {
      while (!signal.aborted) {
        const completion = await joins.runOne();
        if (completion === undefined) break;
        completed(completion);
      }
      if (this.#working.size === 1 && !signal.aborted)
        await staged.removeForgotten(FORGOTTEN_AFTER_MS, FORGOTTEN_AT_ONCE);
    } catch (error) {
      failed(error);
    }
  }
}
