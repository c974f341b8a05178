import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { RoomOwnerReader } from '@plexus/storage';

export interface FreeShardsPorts {
  readonly rooms: Pick<RoomOwnerReader, 'listShardOwners'>;
  readonly clock: Pick<Clock, 'delay' | 'pause'>;
  readonly roomShards: number;
  /** Takes those of these shards that nobody owns. */
  take(shards: readonly number[]): Promise<void>;
  failed(doing: string, error: unknown): void;
}

const LOOK_EVERY_MS = 2_000;

/**
 * Takes shards that nobody has owned for a while: rooms need Postgres only, and do not wait for a Kafka that is away, or for a group of persisters that
 * has no rest. Whoever is assigned a shard afterwards takes it from whoever has it.
 *
 * @NOTE A shard that is given up is free for a moment, until its successor takes it: nothing is taken that was not free at the look before, too.
 */
export class FreeShards {
  readonly #ports: FreeShardsPorts;
  readonly #stopping = new AbortController();
  #free: ReadonlySet<number> = new Set();
  #running: Promise<void> | undefined;

  constructor(ports: FreeShardsPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { rooms, roomShards, take, failed } = this.#ports;
    try {
      const owners = await rooms.listShardOwners();
      const before = this.#free;
      const free = Array.from({ length: roomShards }, (_, shard) => shard).filter((shard) => !owners.has(shard));
      this.#free = new Set(free);
      const left = free.filter((shard) => before.has(shard));
      if (left.length > 0) await take(left);
    } catch (error) {
      failed('take free shards', error);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pauseBetweenLooks(LOOK_EVERY_MS, this.#ports.clock, signal);
      if (!signal.aborted) await this.look();
    }
  }
}
