import type { Clock } from '@plexus/matrix-base';
import type { LiveReplicas } from '@plexus/rpc';
import type { SenderReplicaReader } from '@plexus/storage';

/** A replica that has given no sign of life for longer is gone. */
export const REPLICA_STALE_MS = 5_000;
const REMEMBERED_MS = 2_000;

/** The rows of a service's replicas, read at most every two seconds unless one of them did not answer. */
export class RememberedReplicas implements LiveReplicas {
  readonly #reader: SenderReplicaReader;
  readonly #clock: Clock;
  #reading: Promise<readonly string[]> | undefined;
  #readAt = -Infinity;

  constructor(reader: SenderReplicaReader, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
  }

  findAddresses(): Promise<readonly string[]> {
    if (this.#reading !== undefined && this.#clock.now() - this.#readAt < REMEMBERED_MS) return this.#reading;
    this.#readAt = this.#clock.now();
    const reading = this.#reader.findLive(REPLICA_STALE_MS);
    this.#reading = reading;
    reading.catch(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    return reading;
  }

  forget(): void {
    this.#reading = undefined;
  }
}
