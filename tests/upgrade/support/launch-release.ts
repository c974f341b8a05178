import type { ClusterOptions } from '../../../scripts/cluster/launch-cluster.ts';
import { launchCluster } from '../../../scripts/cluster/launch-cluster.ts';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import { onSharedServers } from '../../support/servers/on-shared-servers.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { UNREADY_DELAY } from './front.ts';

/** A deployment on the servers of the test run, in a database and under names of its own. */
export async function launchRelease(
  options: Pick<ClusterOptions, 'services' | 'replicas' | 'started' | 'tree'>,
): Promise<Deployment> {
  const database = await createTestDatabase({ isMigrated: false });
  const { prefix, addresses } = onSharedServers();
  try {
    const deployment = await launchCluster({
      ...options,
      addresses: { ...addresses, postgres: database.url },
      prefix,
      settings: { ...laboratorySettings, shutdown: { unready_delay: UNREADY_DELAY } },
    });
    return {
      ...deployment,
      async dispose() {
        await deployment.dispose();
        await database.drop();
      },
    };
  } catch (error) {
    await database.drop();
    throw error;
  }
}
