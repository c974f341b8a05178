import type { GenerationStart, RoomLogPositionReader } from '@plexus/storage';

/** A row of the room log, by its place in a generation. */
export interface GenerationPlace {
  readonly roomShard: number;
  readonly generation: number;
  readonly position: number;
}

/**
 * Which rows of the room log a failover or a restore has lost: those beyond the position at which a later generation began. Records of them may come
 * from a topic for long.
 */
export class LostRows {
  readonly #log: Pick<RoomLogPositionReader, 'readGeneration' | 'readGenerationStarts'>;
  #starts: readonly GenerationStart[] = [];
  #generation = 0;

  constructor(log: Pick<RoomLogPositionReader, 'readGeneration' | 'readGenerationStarts'>) {
    this.#log = log;
  }

  /** Reads what there is to know of rows of these generations; once per generation of the deployment. */
  async load(generations: readonly number[]): Promise<void> {
    if (generations.every((generation) => generation === this.#generation)) return;
    const current = await this.#log.readGeneration();
    if (current === this.#generation) return;
    this.#starts = await this.#log.readGenerationStarts();
    this.#generation = current;
  }

  /** The deployment is in another generation: what was read is of the past. */
  forget(): void {
    this.#generation = 0;
  }

  has({ roomShard, generation, position }: GenerationPlace): boolean {
    if (generation === this.#generation) return false;
    return this.#starts.some((start) => {
      return start.shard === roomShard && start.generation > generation && start.position < position;
    });
  }
}
