import { SOLE_GENERATION } from '@plexus/cache';
import type { CacheGenerations, SharedCacheStore, SharedHome } from '@plexus/cache';
import type { GenerationGate } from '@plexus/storage-postgres';

/**
 * The generation of the shared level of a process that has it to itself: the deployment's. Nothing that another process holds can be old; what a failover
 * of Postgres has lost can.
 *
 * @NOTE A store in memory is settled at once, before anything else uses it.
 */
export function followDeployment(
  gate: Pick<GenerationGate, 'current'>,
  store: Pick<SharedCacheStore, 'settle'>,
): CacheGenerations {
  let home: SharedHome = { generation: NaN, home: 'process' };
  const current = (): SharedHome => {
    const generation = gate.current();
    if (home.generation === generation) return home;
    home = { ...home, generation };
    void store.settle(generation, undefined);
    return home;
  };
  return { ...SOLE_GENERATION, current, homeOfChanges: async () => current() };
}
