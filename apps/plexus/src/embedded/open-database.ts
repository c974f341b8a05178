import { Secret } from '@plexus/service-shell';
import type { PlexusConfig, Shell } from '@plexus/service-shell';
import { databaseUrls } from '@plexus/service-adapters';
import { prepareDatabases } from '../commands/prepare-databases.ts';
import { EmbeddedPostgres } from './embedded-postgres.ts';

/** Whether the database is ours to run. */
export function isEmbedded({ database }: PlexusConfig): boolean {
  return database.embedded ?? database.url === undefined;
}

/** Starts the embedded Postgres where it is ours to run, brings the tables up to date where that is wanted, and says where it is. */
export async function openDatabase(shell: Shell): Promise<PlexusConfig> {
  const config = isEmbedded(shell.config) ? await startEmbedded(shell) : shell.config;
  const migrates = config.database.migrate_on_start ?? isEmbedded(shell.config);
  if (migrates) await prepareDatabases(databaseUrls(config), config.room_shards);
  return config;
}

async function startEmbedded({ config, logger, shutdown }: Shell): Promise<PlexusConfig> {
  const postgres = await EmbeddedPostgres.start({
    dataDir: config.data_dir,
    logger,
    onLost: (error) => {
      logger.error('The embedded Postgres is lost', { err: error });
      process.exit(1);
    },
  });
  shutdown.onStop('embedded Postgres', () => postgres.stop());
  return { ...config, database: { ...config.database, url: new Secret(postgres.url) } };
}
