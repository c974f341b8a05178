import { StartError } from '@plexus/service-shell';
import type { PlexusConfig, Secret } from '@plexus/service-shell';
import { PostgresDatabase } from '@plexus/storage-postgres';

/** The two areas of storage; one database may hold both. */
export interface Databases {
  readonly rooms: PostgresDatabase;
  readonly accounts: PostgresDatabase;
  close(): Promise<void>;
}

/** Where each area is: its own URL, else the common one. */
export function databaseUrls({ database }: PlexusConfig): { rooms: string; accounts: string } {
  return { rooms: urlOf(database.rooms_url ?? database.url), accounts: urlOf(database.accounts_url ?? database.url) };
}

function urlOf(url: Secret | undefined): string {
  if (url === undefined) throw new StartError('database.url is missing: say where your Postgres is');
  return url.reveal();
}

/** Makes the databases' clients; they connect when they are first used. */
export function openDatabases(config: PlexusConfig, applicationName: string): Databases {
  const urls = databaseUrls(config);
  const open = (url: string): PostgresDatabase =>
    new PostgresDatabase({
      url,
      applicationName,
      sharedConnections: config.database.read_connections,
      transactionConnections: config.database.pool_size,
    });
  const rooms = open(urls.rooms);
  const accounts = urls.accounts === urls.rooms ? rooms : open(urls.accounts);
  return {
    rooms,
    accounts,
    async close() {
      await rooms.close();
      if (accounts !== rooms) await accounts.close();
    },
  };
}
