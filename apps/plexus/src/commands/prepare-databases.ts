import type { DatabaseUrls } from '@plexus/service-adapters';
import { ensureDeployment, migrateDatabase, PostgresDatabase } from '@plexus/storage-postgres';

/** Brings the tables of both areas up to date and creates the deployment where there is none; returns the applied migrations. */
export async function prepareDatabases(urls: DatabaseUrls, roomShards: number): Promise<string[]> {
  const applied = await migrate(urls);
  await createDeployment(urls, roomShards);
  return applied;
}

async function migrate({ rooms, accounts, tls }: DatabaseUrls): Promise<string[]> {
  if (rooms === accounts) return migrateDatabase({ url: rooms, tls, areas: ['rooms', 'accounts'] });
  return [
    ...(await migrateDatabase({ url: rooms, tls, areas: ['rooms'] })),
    ...(await migrateDatabase({ url: accounts, tls, areas: ['accounts'] })),
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
