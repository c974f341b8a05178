import type { Clock } from '@plexus/matrix-base';
import type { StorageError } from './storage-error.ts';
import { untilStored } from './until-stored.ts';

export interface WantedShardsPorts {
  readonly clock: Pick<Clock, 'delay'>;
  /** Takes over those that this process does not own yet. May be done twice: what failed may have taken place. */
  takeOver(wanted: readonly number[]): Promise<void>;
  /** Told of each failure. */
  failed(error: StorageError): void;
}

/**
 * The shards that this process is to own, as far as whoever assigns them has said: taken over one look at a time, each tried until storage takes it or
 * nothing is wanted any longer.
 */
export class WantedShards {
  readonly #ports: WantedShardsPorts;
  readonly #wanted = new Set<number>();
  readonly #stopping = new AbortController();
  #taking: Promise<void> = Promise.resolve();

  constructor(ports: WantedShardsPorts) {
    this.#ports = ports;
  }

  /** Resolves when they are taken over, or wanted no longer. */
  take(shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.#wanted.add(shard);
    this.#taking = this.#taking.then(() => this.#takeOver());
    return this.#taking;
  }

  /** They are wanted no longer. Resolves when nothing is being taken over: from then on what is owned may be given up. */
  async leave(shards: readonly number[]): Promise<void> {
    this.forget(shards);
    await this.#taking;
  }

  /** They are wanted no longer; one that is just being taken over may still be. */
  forget(shards: readonly number[]): void {
    for (const shard of shards) this.#wanted.delete(shard);
  }

  /** Aborts when this is stopped. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Nothing is tried again from now on. */
  stop(): void {
    this.#stopping.abort();
  }

  #takeOver(): Promise<void> {
    const { clock, takeOver, failed } = this.#ports;
    return untilStored(() => takeOver([...this.#wanted]), { clock, signal: this.signal, failed });
  }
}
