import { readGauge, single } from '@plexus/service-shell';
import type { Registry } from 'prom-client';

/** Rooms with as many forward extremities or fewer are counted together. */
const BOUNDS = [1, 2, 3, 5, 7, 10, 15, 20, 50, 100, 200, 500, Infinity];

type Counts = ReadonlyMap<number, number>;

/** How many rooms of the owned shards have how many forward extremities, as it was last counted, under the names that Synapse gives to that. */
export class RoomExtremities {
  readonly #shards = new Map<number, Counts>();

  counted(shard: number, rooms: Counts): void {
    this.#shards.set(shard, rooms);
  }

  /** Shards that this process has counted and owns no more are another one's to tell of. */
  report(registry: Registry, isOwned: (shard: number) => boolean): void {
    const all = (): (readonly [extremities: number, rooms: number])[] =>
      [...this.#shards].flatMap(([shard, counts]) => (isOwned(shard) ? [...counts] : []));
    const sum = (counts: ReturnType<typeof all>): number => counts.reduce((total, [, rooms]) => total + rooms, 0);
    readGauge(registry, {
      name: 'synapse_forward_extremities_bucket',
      help: 'Rooms with as many forward extremities or fewer.',
      labels: ['le'],
      read: () => {
        const counts = all();
        return BOUNDS.map(
          (bound) => [{ le: labelOf(bound) }, sum(counts.filter(([count]) => count <= bound))] as const,
        );
      },
    });
    readGauge(registry, {
      name: 'synapse_forward_extremities_gcount',
      help: 'Rooms whose forward extremities were counted.',
      read: single(() => sum(all())),
    });
    readGauge(registry, {
      name: 'synapse_forward_extremities_gsum',
      help: 'Forward extremities of all of them.',
      read: single(() => all().reduce((total, [count, rooms]) => total + count * rooms, 0)),
    });
  }
}

function labelOf(bound: number): string {
  return bound === Infinity ? '+Inf' : String(bound);
}
