import { configuredServers, SeedServers } from '@plexus/client-api';
import { StartError, systemClock, systemRandomSource } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import { findSchemaFault, PostgresDatabase, PostgresHostedServers } from '@plexus/storage-postgres';
import type { CommandContext } from './command-context.ts';
import { prepareDatabases } from './prepare-databases.ts';

/** What commands about accounts and their servers work with. */
export interface OpenedServers {
  readonly database: PostgresDatabase;
  /** Those of the configuration included, whether or not the deployment has ever run. */
  readonly servers: PostgresHostedServers;
  /** Nobody else uses the database now. */
  readonly isAlone: boolean;
}

/** Opens the database of accounts for as long as the work takes. Throws `StartError` where its tables are not there. */
export async function withServers(
  config: PlexusConfig,
  context: CommandContext,
  work: (opened: OpenedServers) => Promise<void>,
): Promise<void> {
  const databases = await context.findDatabases(config);
  const database = new PostgresDatabase({
    url: databases.accounts,
    tls: databases.tls,
    applicationName: 'plexus command',
  });
  try {
    if (databases.isOurs) await prepareDatabases(databases, config.room_shards);
    const fault = await findSchemaFault({ url: databases.accounts, tls: databases.tls, areas: ['accounts'] });
    if (fault !== undefined) throw new StartError(fault);
    const servers = new PostgresHostedServers(database, { clock: systemClock, onPollError: failPoll });
    await servers.refresh();
    await new SeedServers(servers, systemRandomSource, systemClock).execute(configuredServers(config));
    await work({ database, servers, isAlone: databases.isOurs });
  } finally {
    await database.close();
    await databases.close();
  }
}

/** The servers are read once here and never polled. */
function failPoll(error: unknown): never {
  throw error;
}
