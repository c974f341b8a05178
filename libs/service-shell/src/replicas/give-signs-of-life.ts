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
    const { replicas, address, staleMs } = this.#options;
    await replicas.beat(address, staleMs);
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
    for (;;) {
      await clock.delay(staleMs / 4, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      await replicas.beat(address, staleMs).catch(failed);
    }
  }
}
