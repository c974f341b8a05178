import type { DatabaseUrls } from '@plexus/service-adapters';
import { ensureDeployment, migrateDatabase, PostgresDatabase, readSchemaState } from '@plexus/storage-postgres';
import type { MigrateOptions, SchemaState } from '@plexus/storage-postgres';

/**
 * Brings the tables of both areas up to date and creates the deployment where there is none; returns the applied migrations. `waiting` is
 * told of a migration that others hold up.
 */
export async function prepareDatabases(
  urls: DatabaseUrls,
  roomShards: number,
  waiting?: (migration: string) => void,
): Promise<string[]> {
  const applied: string[] = [];
  for (const database of databasesOf(urls)) {
    applied.push(...(await migrateDatabase({ ...database, ...(waiting !== undefined && { waiting }) })));
  }
  await createDeployment(urls, roomShards);
  return applied;
}

/** How this release and the databases fit, one after the other. */
export async function readSchemaStates(urls: DatabaseUrls): Promise<SchemaState[]> {
  const states: SchemaState[] = [];
  for (const database of databasesOf(urls)) states.push(await readSchemaState(database));
  return states;
}

function databasesOf({ rooms, accounts, tls }: DatabaseUrls): MigrateOptions[] {
  if (rooms === accounts) return [{ url: rooms, tls, areas: ['rooms', 'accounts'] }];
  return [
    { url: rooms, tls, areas: ['rooms'] },
    { url: accounts, tls, areas: ['accounts'] },
  ];
}

async function createDeployment({ rooms: url, tls }: DatabaseUrls, roomShards: number): Promise<void> {
  const database = new PostgresDatabase({ url, tls, applicationName: 'plexus migrate' });
  try {
    await ensureDeployment(database, roomShards);
  } finally {
    await database.close();
  }
}
