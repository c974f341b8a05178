import { randomBytes } from 'node:crypto';
import type { ClusterOptions } from '../../../scripts/cluster/launch-cluster.ts';
import { launchCluster } from '../../../scripts/cluster/launch-cluster.ts';
import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { laboratorySettings } from '../../../scripts/cluster/service-configuration.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { UNREADY_DELAY } from './front.ts';

/** A deployment on the servers of the test run, in a database and under names of its own. */
export async function launchRelease(
  options: Pick<ClusterOptions, 'services' | 'replicas' | 'started' | 'tree'>,
): Promise<Deployment> {
  const database = await createTestDatabase({ isMigrated: false });
  try {
    const deployment = await launchCluster({
      ...options,
      addresses: {
        postgres: database.url,
        ...addressOf('kafka', process.env['PLEXUS_TEST_KAFKA']),
        ...addressOf('redis', process.env['PLEXUS_TEST_REDIS']),
      },
      prefix: `upgrade-${randomBytes(4).toString('hex')}`,
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

function addressOf(name: 'kafka' | 'redis', address: string | undefined): { [name: string]: string } {
  return address === undefined || address === '' ? {} : { [name]: address };
}
