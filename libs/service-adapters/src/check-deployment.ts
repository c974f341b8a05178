import { StartError } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import { findSchemaFault, readDeployment } from '@plexus/storage-postgres';
import type { Deployment } from '@plexus/storage-postgres';
import { databaseUrls } from './open-databases.ts';
import type { Databases } from './open-databases.ts';

/** Throws `StartError` where the tables are not those of this release. */
export async function checkSchema({ config }: Shell): Promise<void> {
  const urls = databaseUrls(config);
  for (const area of ['rooms', 'accounts'] as const) {
    const fault = await findSchemaFault({ url: urls[area], tls: urls.tls, areas: [area] });
    if (fault !== undefined) throw new StartError(fault);
  }
}

/** Throws `StartError` where the deployment was created with another number of room shards. */
export async function checkDeployment({ config }: Shell, databases: Databases): Promise<Deployment> {
  const deployment = await readDeployment(databases.rooms);
  if (deployment.roomShards === config.room_shards) return deployment;
  throw new StartError(
    `room_shards is ${config.room_shards}, but the deployment was created with ${deployment.roomShards}: the number is fixed`,
  );
}
