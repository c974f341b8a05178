// node tests/load/hosted-servers.ts [--servers 10000] [--through-api 200] [--mode distributed|embedded]
// What idle hosted servers take of the memory of each service, and how long it takes to make one more through the admin API, at one and at many of them.
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
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
const AT_ONCE = 50;
const ADMIN = '/_plexus/admin/v1';

/** A port of its own for the debugger of each process that is launched. */
process.env['NODE_OPTIONS'] = '--inspect-port=0';
const deployment = options.mode === 'embedded' ? await launchEmbedded() : await launchCluster({ replicas: 1 });
const http = new MatrixHttp(deployment);
try {
  await deployment.command(['user', 'create', '@root:localhost', '--admin', '--password', 'wonderland']);
  const admin = await http.login('root');
  report(
    'with one hosted server',
    await times(throughApi, 1, (index) => addServer(admin, `one-by-one-${index}.example`)),
  );
  const before = await memoryOf(deployment);
  const began = performance.now();
  await times(wanted, AT_ONCE, (index) => addServer(admin, `s${index}.example`));
  const perSecond = wanted / ((performance.now() - began) / 1_000);
  console.log(`${wanted} more, ${AT_ONCE} at once: ${perSecond.toFixed(0)} a second`);
  const name = `with ${wanted} hosted servers`;
  report(name, await times(throughApi, 1, (index) => addServer(admin, `last-${index}.example`)));
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

/** Does it so often, so many at once; how long each took, in milliseconds. */
async function times(count: number, atOnce: number, work: (index: number) => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const began = performance.now();
      await work(index);
      took.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return took;
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
