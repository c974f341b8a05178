// node tests/load/hosted-servers.ts [--servers 10000] [--through-api 200] [--mode distributed|embedded]
// Most of them are written into the tables, as the admin API would.
// What idle hosted servers take of the memory of each service, and how long it takes to make one more through the admin API, at one and at many of them.
import { performance } from 'node:perf_hooks';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { collectAndRead } from './process-memory.ts';
import { quantile } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    servers: { type: 'string', default: '10000' },
    'through-api': { type: 'string', default: '200' },
    mode: { type: 'string', default: 'distributed' },
  },
});
const wanted = Number(options.servers);
const throughApi = Number(options['through-api']);
const PATIENCE_MS = 120_000;
const ADMIN = '/_plexus/admin/v1';

/** A port of its own for the debugger of each process that is launched. */
process.env['NODE_OPTIONS'] = '--inspect-port=0';
const deployment = options.mode === 'embedded' ? await launchEmbedded() : await launchCluster({ replicas: 1 });
const http = new MatrixHttp(deployment);
try {
  await deployment.command(['user', 'create', '@root:localhost', '--admin', '--password', 'wonderland']);
  const admin = await http.login('root');
  report('with one hosted server', await times(throughApi, (index) => addServer(admin, `one-by-one-${index}.example`)));
  const before = await memoryOf(deployment);
  await addAll(deployment, wanted);
  await waitUntil('every process knows them', PATIENCE_MS, () => isHosted(`s${wanted - 1}.example`));
  const name = `with ${wanted} hosted servers`;
  report(name, await times(throughApi, (index) => addServer(admin, `last-${index}.example`)));
  const after = await memoryOf(deployment);
  for (const [service, bytes] of after) {
    const each = (bytes - (before.get(service) ?? 0)) / (wanted + throughApi);
    console.log(
      `${service}: ${(bytes / 2 ** 20).toFixed(1)} MiB, ${(each / 1024).toFixed(2)} KiB for each idle hosted server`,
    );
  }
} finally {
  http.close();
  await deployment.dispose();
}

async function addServer(admin: MatrixClient, serverName: string): Promise<void> {
  const settings = { public_baseurl: `https://matrix.${serverName}`, registration: { enabled: true } };
  const reply = await admin.call('POST', `${ADMIN}/servers`, { server_name: serverName, settings });
  if (reply.status !== 201) throw new Error(`${serverName}: ${reply.status} ${JSON.stringify(reply.body)}`);
}

/** Does it so often, one after the other; how long each took, in milliseconds. */
async function times(count: number, work: (index: number) => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await work(index);
    took.push(performance.now() - began);
  }
  return took;
}

/** Each with a key and the settings that `addServer` gives. */
async function addAll({ addresses }: Deployment, count: number): Promise<void> {
  const database = new Client({ connectionString: addresses.postgres ?? '' });
  await database.connect();
  const seeds = Array.from({ length: count }, () => randomBytes(32));
  await database.query('begin');
  await database.query('select version from hosted_servers_version for update');
  await database.query(
    `insert into hosted_servers (server_name, settings, origin)
     select 's' || n || '.example', jsonb_build_object('publicBaseUrl', 'https://matrix.s' || n || '.example', 'registration', '{"enabled": true}'::jsonb), 'admin-api'
       from generate_series(0, $1::int - 1) n`,
    [count],
  );
  await database.query(
    `insert into server_signing_keys (server_name, key_id, seed, activated_at)
     select 's' || (place - 1) || '.example', 'ed25519:p_1', seed, now() from unnest($1::bytea[]) with ordinality as s (seed, place)`,
    [seeds],
  );
  await database.query('update hosted_servers_version set version = version + 1');
  await database.query(`select pg_notify('plexus_hosted_servers', '')`);
  await database.query('commit');
  await database.end();
}

async function isHosted(serverName: string): Promise<boolean> {
  const host = new MatrixHttp(deployment, { host: serverName });
  const { status } = await host.call('GET', '/_matrix/client/v3/login');
  host.close();
  return status === 200;
}

async function memoryOf({ services }: Deployment): Promise<Map<string, number>> {
  const all = new Map<string, number>();
  for (const service of services) {
    const { memory } = await collectAndRead(service);
    all.set(service.name, memory.heap + memory.external);
  }
  return all;
}

function report(what: string, took: readonly number[]): void {
  const sorted = took.toSorted((one, other) => one - other);
  const ms = (share: number): string => quantile(sorted, share).toFixed(0);
  console.log(`one more ${what}: ${ms(0.5)} ms median, ${ms(0.99)} ms p99, ${Math.max(...took).toFixed(0)} ms at most`);
}
