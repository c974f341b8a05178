import type { ConnectionOptions } from 'node:tls';
import { clientTls, StartError } from '@plexus/service-shell';
import type { Logger, PlexusConfig, Secret, Shell } from '@plexus/service-shell';
import { PostgresDatabase } from '@plexus/storage-postgres';
import { observeStatements } from './observe-statements.ts';

/** The two areas of storage; one database may hold both. */
export interface Databases {
  readonly rooms: PostgresDatabase;
  readonly accounts: PostgresDatabase;
  close(): Promise<void>;
}

/** Where each area is, and how both are connected to. */
export interface DatabaseUrls {
  readonly rooms: string;
  readonly accounts: string;
  readonly tls?: ConnectionOptions;
}

/** Where each area is: its own URL, else the common one. Throws `StartError` where a file for TLS cannot be used. */
export function databaseUrls({ database }: PlexusConfig, logger?: Logger): DatabaseUrls {
  const { tls } = database;
  return {
    rooms: urlOf(database.rooms_url ?? database.url),
    accounts: urlOf(database.accounts_url ?? database.url),
    ...(tls && { tls: clientTls(tls, { peer: 'Postgres', ...(logger && { logger }) }) }),
  };
}

function urlOf(url: Secret | undefined): string {
  if (url === undefined) throw new StartError('database.url is missing: say where your Postgres is');
  return url.reveal();
}

/** Makes the databases' clients; they connect when they are first used. */
export function openDatabases(shell: Shell, applicationName: string): Databases {
  const { config, logger } = shell;
  const urls = databaseUrls(config, logger);
  const observe = observeStatements(shell);
  const open = (url: string): PostgresDatabase =>
    new PostgresDatabase({
      url,
      tls: urls.tls,
      observe,
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
