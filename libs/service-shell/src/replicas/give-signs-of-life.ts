import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { SenderReplicaRepository } from '@plexus/storage';

export interface SignsOfLifeOptions {
  readonly replicas: SenderReplicaRepository;
  readonly address: string;
  readonly clock: Clock;
  /** After how long without a sign others take this replica for dead. */
  readonly staleMs: number;
  readonly failed: (error: unknown) => void;
}

/** In each span in which others take a replica for dead that gave none. */
const SIGNS_PER_SPAN = 4;
/** Rows of replicas go that were silent for so many spans; they are looked for as rarely. */
const REMOVED_AFTER_SPANS = 10;

/** Keeps this replica's row fresh, so that other services ask it; takes the row away in the end. */
export class GiveSignsOfLife {
  readonly #options: SignsOfLifeOptions;
  readonly #stopping = new AbortController();
  #beating: Promise<void> | undefined;

  constructor(options: SignsOfLifeOptions) {
    this.#options = options;
  }

  /** Resolves when others can know of this replica. */
  async start(): Promise<void> {
    const { replicas, address } = this.#options;
    await replicas.beat(address);
    await this.#removeSilent();
    this.#beating = this.#beat();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#beating;
    // Where this fails the row goes by age.
    await this.#options.replicas.withdraw(this.#options.address).catch(this.#options.failed);
  }

  async #beat(): Promise<void> {
    const { replicas, address, clock, staleMs, failed } = this.#options;
    for (let signs = 1; ; signs += 1) {
      await pauseBetweenLooks(staleMs / SIGNS_PER_SPAN, clock, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      await replicas.beat(address).catch(failed);
      if (signs % (SIGNS_PER_SPAN * REMOVED_AFTER_SPANS) === 0) await this.#removeSilent().catch(failed);
    }
  }

  async #removeSilent(): Promise<void> {
    const { replicas, staleMs } = this.#options;
    await replicas.removeSilent(REMOVED_AFTER_SPANS * staleMs);
  }
}
