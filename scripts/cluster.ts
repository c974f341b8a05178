// npm run cluster [-- --replicas N] [--lab]
// Runs Plexus as separate services, N replicas of each (2), behind one address. Postgres, Kafka and Redis are started beside them
// and live as long as they do, unless PLEXUS_CLUSTER_POSTGRES, PLEXUS_CLUSTER_KAFKA or PLEXUS_CLUSTER_REDIS tell where one runs.
// PLEXUS_PORT (8008) and PLEXUS_SERVER_NAME (localhost) as with npm start. --lab: without rate limits, with cheap passwords.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Addresses } from './cluster/backends.ts';
import type { Deployment } from './cluster/deployment.ts';
import { launchCluster } from './cluster/launch-cluster.ts';
import { orderedReplicas } from './cluster/ordered-replicas.ts';
import type { ReverseProxy } from './cluster/reverse-proxy.ts';
import { openReverseProxy } from './cluster/reverse-proxy.ts';
import { laboratorySettings } from './cluster/service-configuration.ts';

const FIRST_USER = '{"username":"alice","password":"wonderland","auth":{"type":"m.login.dummy"}}';
const REGISTER = '/_matrix/client/v3/register';

const { values } = parseArgs({
  options: { replicas: { type: 'string', default: '2' }, lab: { type: 'boolean', default: false } },
});
const replicas = Number(values.replicas);
if (!Number.isInteger(replicas) || replicas < 1) {
  console.error(`--replicas wants a number from 1 on, not ${values.replicas}.`);
  process.exit(2);
}

try {
  await runCluster();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** The address is taken first: where another process has it, nothing is started in vain. */
async function runCluster(): Promise<void> {
  let upstreamsFor: ((path: string) => string[]) | undefined;
  const proxy = await openProxy(Number(variable('PLEXUS_PORT') ?? 8008), (path) => upstreamsFor?.(path) ?? []);
  try {
    const cluster = await launchCluster({
      replicas,
      serverName: variable('PLEXUS_SERVER_NAME') ?? 'localhost',
      addresses: givenAddresses(),
      settings: values.lab ? laboratorySettings : { registration: { enabled: true } },
      report: (line) => console.log(line),
    });
    upstreamsFor = orderedReplicas(cluster);
    greet(cluster, proxy);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    console.log('Stopping …');
    await proxy.close();
    await cluster.dispose();
  } catch (error) {
    await proxy.close();
    throw error;
  }
}

async function openProxy(port: number, upstreamsFor: (path: string) => string[]): Promise<ReverseProxy> {
  try {
    return await openReverseProxy({ port, upstreamsFor });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new Error(`Port ${port} is taken: stop what listens on it, or choose another with PLEXUS_PORT.`, {
      cause: error,
    });
  }
}

function greet(cluster: Deployment, proxy: ReverseProxy): void {
  const address = proxy.url.replace('127.0.0.1', 'localhost');
  console.log(`Plexus answers on ${address}. Its processes:`);
  for (const { name, url, operationUrl } of cluster.services) {
    const api = /^(?:event-persister|federation-sender|appservice-sender|notices)-/.test(name) ? '' : `${url}, `;
    console.log(`  ${name.padEnd(18)} ${api}${operationUrl}/metrics`);
  }
  console.log(`Next, point a Matrix client at it and register, or:\n  curl -d '${FIRST_USER}' ${address}${REGISTER}`);
  console.log('Stop all of it with Ctrl-C.');
}

function givenAddresses(): Partial<Addresses> {
  const given = {
    postgres: variable('PLEXUS_CLUSTER_POSTGRES'),
    kafka: variable('PLEXUS_CLUSTER_KAFKA'),
    redis: variable('PLEXUS_CLUSTER_REDIS'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, address]) => address !== undefined));
}

function variable(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}
