import { launchCluster } from '../../../scripts/cluster/launch-cluster.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import type { Target } from './target.ts';

/** Plexus as separate services, two replicas of each, with Kafka, Redis and Postgres of its own. */
export async function startPlexusCluster(): Promise<Target> {
  const cluster = await launchCluster({
    serverName: 'bench.test',
    isLasting: true,
    settings: { ...laboratorySettings, log: { level: 'warn' } },
  });
  return {
    name: 'Plexus, distributed',
    baseUrlFor: (path) => cluster.baseUrlFor(path),
    pids: () =>
      [...cluster.services, ...Object.values(cluster.backends)]
        .map((running) => running.pid())
        .filter((pid) => pid !== undefined),
    stop: () => cluster.dispose(),
  };
}
