import type { ConnectionOptions } from 'node:tls';
import { clientTls, StartError } from '@plexus/service-shell';
import type { Logger, PlexusConfig, Secret, Shell } from '@plexus/service-shell';
import { GenerationGate, PostgresDatabase } from '@plexus/storage-postgres';
import type { LineageMove, PostgresConnectionOptions } from '@plexus/storage-postgres';
import { observeStatements } from './observe-statements.ts';

/** The two areas of storage; one database may hold both. */
export interface Databases {
  readonly rooms: PostgresDatabase;
  readonly accounts: PostgresDatabase;
  /** Admits their connections, and knows the deployment's generation. */
  readonly gate: GenerationGate;
  close(): Promise<void>;
}

/** Where each area is, and how both are connected to. By reference it is what the files have by then, whose secrets the URLs are. */
export interface DatabaseUrls {
  readonly rooms: string;
  readonly accounts: string;
  readonly tls?: ConnectionOptions;
}

/** Where each area is: its own URL, else the common one. Throws `StartError` where a file for TLS cannot be used. */
export function databaseUrls({ database }: PlexusConfig, logger?: Logger): DatabaseUrls {
  const { tls } = database;
  const [rooms, accounts] = [
    requireUrl(database.rooms_url ?? database.url),
    requireUrl(database.accounts_url ?? database.url),
  ];
  return {
    get rooms() {
      return rooms.reveal();
    },
    get accounts() {
      return accounts.reveal();
    },
    ...(tls && { tls: clientTls(tls, { peer: 'Postgres', ...(logger && { logger }) }) }),
  };
}

function requireUrl(url: Secret | undefined): Secret {
  if (url === undefined) throw new StartError('database.url is missing: say where your Postgres is');
  return url;
}

/** Makes the databases' clients; they connect when they are first used. */
export function openDatabases(shell: Shell, applicationName: string): Databases {
  const { config, logger } = shell;
  const urls = databaseUrls(config, logger);
  const observe = observeStatements(shell);
  const gate = new GenerationGate({
    urls,
    keepsCommits: config.database.replication === 'synchronous',
    moved: (move) => logMove(logger, move),
  });
  const open = (url: () => string, admit: NonNullable<PostgresConnectionOptions['admit']>): PostgresDatabase =>
    new PostgresDatabase({
      url,
      admit,
      tls: urls.tls,
      observe,
      applicationName,
      sharedConnections: config.database.read_connections,
      transactionConnections: config.database.pool_size,
    });
  const isOne = urls.accounts === urls.rooms;
  const rooms = open(() => urls.rooms, isOne ? gate.admitToBoth : gate.admitToRooms);
  const accounts = isOne ? rooms : open(() => urls.accounts, gate.admitToAccounts);
  return {
    rooms,
    accounts,
    gate,
    async close() {
      await rooms.close();
      if (accounts !== rooms) await accounts.close();
    },
  };
}

function logMove(logger: Logger, { area, from, to, generation, isRaised }: LineageMove): void {
  const details = { area, from, to, generation };
  if (isRaised) logger.error('Postgres is another one, which may lack commits: a new generation begins', details);
  else logger.warn('Postgres is another one, which has all commits', details);
}
