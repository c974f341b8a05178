import { ensureDeployment, migrateDatabase, PostgresDatabase } from '@plexus/storage-postgres';

/** Brings the tables of both areas up to date and creates the deployment where there is none; returns the applied migrations. */
export async function prepareDatabases(
  urls: { readonly rooms: string; readonly accounts: string },
  roomShards: number,
): Promise<string[]> {
  const applied = await migrate(urls);
  await createDeployment(urls.rooms, roomShards);
  return applied;
}

async function migrate({ rooms, accounts }: { rooms: string; accounts: string }): Promise<string[]> {
  if (rooms === accounts) return migrateDatabase({ url: rooms, areas: ['rooms', 'accounts'] });
  return [
    ...(await migrateDatabase({ url: rooms, areas: ['rooms'] })),
    ...(await migrateDatabase({ url: accounts, areas: ['accounts'] })),
  ];
}

async function createDeployment(url: string, roomShards: number): Promise<void> {
  const database = new PostgresDatabase({ url, applicationName: 'plexus migrate' });
  try {
    await ensureDeployment(database, roomShards);
  } finally {
    await database.close();
  }
}
