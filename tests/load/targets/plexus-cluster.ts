import { launchCluster } from '../../../scripts/cluster/launch-cluster.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import { startBenchAppservice } from '../bench-appservice.ts';
import type { Target } from './target.ts';

/** Plexus as separate services, two replicas of each, with Kafka, Redis and Postgres of its own. */
export async function startPlexusCluster(): Promise<Target> {
  const appservice = await startBenchAppservice('bench');
  const cluster = await launchCluster({
    serverName: 'bench.test',
    isLasting: true,
    settings: { ...laboratorySettings, log: { level: 'warn' }, appservices: { files: [appservice.file] } },
  });
  return {
    name: 'Plexus, distributed',
    appservice,
    baseUrlFor: (path) => cluster.baseUrlFor(path),
    pids: () =>
      [...cluster.services, ...Object.values(cluster.backends)]
        .map((running) => running.pid())
        .filter((pid) => pid !== undefined),
    async stop() {
      await cluster.dispose();
      await appservice.stop();
    },
  };
}
