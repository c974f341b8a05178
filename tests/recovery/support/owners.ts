import { roomShardOf } from '@plexus/storage';
import { Client } from 'pg';
import type { QueryResultRow } from 'pg';
import type { Deployment, ServiceProcess } from '../../../scripts/cluster/deployment.ts';
import { ROOM_SHARDS } from './open-topics.ts';

/** The addresses that own shards now. */
export async function ownerAddresses(deployment: Deployment): Promise<(string | null)[]> {
  const rows = await query<OwnerRow>(deployment, 'select distinct owner_address from room_shards');
  return rows.map(({ owner_address: address }) => address);
}

/** The process that owns a room. */
export async function ownerOf(deployment: Deployment, roomId: string): Promise<ServiceProcess> {
  const shard = roomShardOf(roomId, ROOM_SHARDS);
  const [row] = await query<OwnerRow>(deployment, 'select owner_address from room_shards where shard = $1', [shard]);
  const owner = deployment.services.find(({ rpcAddress }) => rpcAddress === row?.owner_address);
  if (owner === undefined) throw new Error(`nobody owns shard ${shard}`);
  return owner;
}

interface OwnerRow {
  readonly owner_address: string | null;
}

/** Asks the deployment's database. */
export async function query<Row extends QueryResultRow>(
  { addresses }: Pick<Deployment, 'addresses'>,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: addresses.postgres, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
