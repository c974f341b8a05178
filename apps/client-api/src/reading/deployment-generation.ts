import type { Clock } from '@plexus/matrix-base';
import type { RoomLogPositionReader } from '@plexus/storage';

const FRESH_MS = 1_000;

/** The deployment's generation, never more than a second old: a restore may raise it while this process runs. */
export class DeploymentGeneration {
  readonly #reader: Pick<RoomLogPositionReader, 'readGeneration'>;
  readonly #clock: Clock;
  #known: Promise<number> | undefined;
  #readAt = 0;

  constructor(reader: Pick<RoomLogPositionReader, 'readGeneration'>, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
  }

  read(): Promise<number> {
    const now = this.#clock.now();
    if (this.#known !== undefined && now - this.#readAt < FRESH_MS) return this.#known;
    const reading = this.#reader.readGeneration();
    this.#known = reading;
    this.#readAt = now;
    reading.catch(() => (this.#known = undefined));
    return reading;
  }
}
