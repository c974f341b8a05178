import type { PlexusConfig } from '@plexus/service-shell';
import type { PostgresDatabase, Statement } from '@plexus/storage-postgres';

const SAFE_COPIES = 3;

/** What may be lost although it was acknowledged, where a server of this deployment is lost for good; one sentence for the operator each. */
export async function findLosses(
  { database, topics }: Pick<PlexusConfig, 'database' | 'topics'>,
  databases: readonly Pick<PostgresDatabase, 'run'>[],
): Promise<string[]> {
  if (topics.adapter !== 'kafka') return [];
  const { replication_factor: copies } = topics.kafka;
  const waits = await Promise.all(databases.map(waitsForStandby));
  return [
    ...(copies < SAFE_COPIES
      ? [`Kafka keeps ${copies} copies of a record: with fewer than 3, a broker's loss can lose some`]
      : []),
    ...(waits.every(Boolean) ? [] : [ofPostgres(database.replication)]),
  ];
}

function ofPostgres(replication: PlexusConfig['database']['replication']): string {
  return replication === 'synchronous'
    ? 'database.replication is synchronous, but Postgres waits for no standby: a failover can lose commits without being noticed'
    : 'Postgres waits for no standby: a failover can lose what was acknowledged';
}

async function waitsForStandby(database: Pick<PostgresDatabase, 'run'>): Promise<boolean> {
  const [row] = await database.run<{ standbys: string; waits: string }>(READ_SETTINGS);
  return row !== undefined && row.standbys !== '' && !['off', 'local'].includes(row.waits);
}

const READ_SETTINGS: Statement = {
  name: 'read-replication-settings',
  text: `select current_setting('synchronous_standby_names') as standbys, current_setting('synchronous_commit') as waits`,
};
