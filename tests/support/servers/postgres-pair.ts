import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { TcpProxy } from '../tcp-proxy.ts';
import { createPostgres, makeFolder, runPostgresOn } from './postgres.ts';
import type { PostgresServer } from './postgres.ts';
import { runCommand } from './run-command.ts';
import { waitUntil } from './wait-until.ts';

/** A primary and its standby, behind one address that leads to whoever leads. */
export interface PostgresPair {
  /** Stays the same over a failover. */
  readonly address: string;
  /** Commits are acknowledged only when the standby has them, or not before that. */
  setSynchronous(isSynchronous: boolean): Promise<void>;
  /** What is committed from now on does not reach the standby; what was before does. */
  cutReplication(): Promise<void>;
  /** The primary dies, the standby leads, and the address moves; `meanwhile` nobody leads. */
  failOver(meanwhile?: () => Promise<void>): Promise<void>;
  dispose(): Promise<void>;
}

const STANDBY = 'standby';
const FOLLOWS_WITHIN_MS = 30_000;

/** Starts both; the standby follows when this resolves. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const primary = await createPostgres({ settings: { wal_keep_size: '256MB' } });
  await primary.start();
  const replication = await TcpProxy.open({ host: '127.0.0.1', port: primary.port });
  const standby = await makeStandby(primary, replication.port);
  await standby.start();
  const door = await TcpProxy.open({ host: '127.0.0.1', port: primary.port });
  await waitUntil('the standby follows', FOLLOWS_WITHIN_MS, async () => {
    const rows = await ask(primary, `select 1 from pg_stat_replication where state = 'streaming'`);
    return rows.length === 1;
  });
  return {
    address: `postgres://postgres@127.0.0.1:${door.port}/postgres`,
    async setSynchronous(isSynchronous) {
      await ask(primary, `alter system set synchronous_standby_names = '${isSynchronous ? STANDBY : ''}'`);
      await ask(primary, 'select pg_reload_conf()');
      await waitUntil('the way of replication', FOLLOWS_WITHIN_MS, async () => {
        const [row] = await ask(primary, 'select sync_state from pg_stat_replication');
        return row?.['sync_state'] === (isSynchronous ? 'sync' : 'async');
      });
    },
    async cutReplication() {
      const [row] = await ask(primary, 'select pg_current_wal_flush_lsn()::text as lsn');
      await waitUntil('the standby has what there is', FOLLOWS_WITHIN_MS, async () => {
        const rows = await ask(
          primary,
          `select 1 from pg_stat_replication where flush_lsn >= '${String(row?.['lsn'])}'`,
        );
        return rows.length === 1;
      });
      replication.partition();
    },
    async failOver(meanwhile) {
      door.partition();
      await primary.kill();
      await meanwhile?.();
      // What leads never waits for a standby that is gone.
      await ask(standby, `alter system set synchronous_standby_names = ''`);
      await ask(standby, 'select pg_promote(true, 60)');
      door.redirect({ host: '127.0.0.1', port: standby.port });
      door.heal();
    },
    async dispose() {
      await Promise.all([door.close(), replication.close()]);
      await Promise.all([primary.dispose(), standby.dispose()]);
    },
  };
}

/** A copy of the primary's files, taken while it runs, that goes on from where they end. */
async function makeStandby(primary: PostgresServer, replicationPort: number): Promise<PostgresServer> {
  const { binaries, cluster: source, user } = primary.files;
  const directory = await makeFolder(user);
  const cluster = join(directory, 'cluster');
  const client = await connect(primary);
  try {
    await client.query(`select pg_backup_start('${STANDBY}', true)`);
    await runCommand('cp', ['-a', source, cluster]);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    await runCommand('cp', ['-a', join(source, 'pg_wal'), cluster]);
    await writeFile(join(cluster, 'backup_label'), rows[0]?.labelfile ?? '');
  } finally {
    await client.end();
  }
  await runCommand('rm', ['-f', join(cluster, 'postmaster.pid'), join(cluster, 'postmaster.opts')]);
  await writeFile(join(cluster, 'standby.signal'), '');
  if (user !== undefined) await runCommand('chown', ['-R', `${user.uid}:${user.gid}`, directory]);
  const way = `host=127.0.0.1 port=${replicationPort} user=postgres application_name=${STANDBY}`;
  return runPostgresOn({ binaries, directory, cluster, user }, { settings: { primary_conninfo: way } });
}

async function ask(server: PostgresServer, text: string): Promise<Record<string, unknown>[]> {
  const client = await connect(server);
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function connect({ address }: PostgresServer): Promise<Client> {
  const client = new Client({ connectionString: address, connectionTimeoutMillis: 5_000 });
  await client.connect();
  return client;
}
