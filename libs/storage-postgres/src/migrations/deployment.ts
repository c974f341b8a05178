import { StorageError } from '@plexus/storage';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';

/** What was fixed when the deployment was created, and its generation. */
export interface Deployment {
  readonly roomShards: number;
  readonly generation: number;
}

/**
 * Creates the deployment's row and its room shards where there are none. Throws where the deployment was created with another number of
 * room shards: it cannot be changed afterwards, since it decides where every room is.
 */
export async function ensureDeployment(database: PostgresDatabase, roomShards: number): Promise<Deployment> {
  await database.transaction(async (transaction) => {
    await transaction.run(CREATE, [roomShards]);
    await transaction.run(CREATE_SHARDS);
  });
  const deployment = await readDeployment(database);
  if (deployment.roomShards !== roomShards) {
    throw new StorageError(
      `the deployment has ${deployment.roomShards} room shards, the configuration says ${roomShards}: the number is fixed`,
    );
  }
  return deployment;
}

/** Throws where the deployment has not been created. */
export async function readDeployment(database: PostgresDatabase): Promise<Deployment> {
  const [row] = await database.run<{ room_shards: number; generation: number }>(READ);
  if (row === undefined) throw new StorageError('the deployment has not been created: run `plexus migrate`');
  return { roomShards: row.room_shards, generation: row.generation };
}

const CREATE = {
  name: 'create-deployment',
  text: 'insert into deployment (room_shards) values ($1) on conflict do nothing',
};
const CREATE_SHARDS = {
  name: 'create-room-shards',
  text: `insert into room_shards (shard)
         select generate_series(0, room_shards - 1) from deployment on conflict do nothing`,
};
const READ = { name: 'read-deployment', text: 'select room_shards, generation from deployment' };
