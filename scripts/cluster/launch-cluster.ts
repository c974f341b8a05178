import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Routes } from '../../tests/support/matrix-client.ts';
import { findFreePort } from '../../tests/support/servers/free-port.ts';
import { guardFolder } from '../../tests/support/servers/guard-folder.ts';
import type { Addresses, Backends } from './backends.ts';
import { startBackends } from './backends.ts';
import type { Deployment, ServiceName, ServiceProcess } from './deployment.ts';
import { serviceNames } from './deployment.ts';
import { serviceOfPath } from './paths.ts';
import { prepareOperatorCommands } from './operator-command.ts';
import type { Failover, Settings } from './service-configuration.ts';
import { distributedConfiguration, laboratorySettings } from './service-configuration.ts';
import { createServiceProcess } from './service-process.ts';

export interface ClusterOptions {
  readonly serverName?: string;
  /** Of each service. */
  readonly replicas?: number;
  /** How many replicas of each are started; the rest are only prepared. All of them where nothing is said. */
  readonly started?: number;
  /** The built tree that everything is run from; this one where nothing is said. */
  readonly tree?: string;
  /** Which services are launched; all of them where nothing is said. What nobody needs only takes time and memory. */
  readonly services?: readonly ServiceName[];
  readonly roomShards?: number;
  /** Addresses of servers that run already; what is missing is started, and removed in the end. */
  readonly addresses?: Partial<Addresses>;
  /** Put before the names in Kafka and Redis, to share them. */
  readonly prefix?: string;
  /** Puts a proxy between each process and each backend. */
  readonly isProxied?: boolean;
  /** It is to serve a load for minutes. */
  readonly isLasting?: boolean;
  readonly failover?: Failover;
  /** Copies of each partition in Kafka; the address then names several brokers, with commas between them. One where nothing is said. */
  readonly kafkaCopies?: number;
  /** Further settings of the configuration file; the laboratory's where nothing is said. */
  readonly settings?: Settings;
  /** Told what happens. */
  readonly report?: (line: string) => void;
}

/** Launches the separate services, each in processes of its own. Everything ends with this process, however it ends. */
export async function launchCluster(options: ClusterOptions = {}): Promise<Deployment> {
  const { replicas = 2, services: wanted = serviceNames, report = () => {}, addresses: given = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'plexus-cluster-'));
  const endGuard = guardFolder(folder);
  report('Starting Postgres, Kafka and Redis …');
  const proxiedProcesses = options.isProxied === true ? replicas * wanted.length : 0;
  const backends = await startBackends({ given, proxiedProcesses, isLasting: options.isLasting === true });
  const services: ServiceProcess[] = [];
  const dispose = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.dispose()));
    await backends.dispose();
    await endGuard();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const service of wanted)
      for (let replica = 1; replica <= replicas; replica += 1)
        services.push(await createProcess({ options, backends, folder, service, replica, index: services.length }));
    const command = await prepareCommands(options, backends, folder);
    report('Creating the tables …');
    await command(['migrate'], options.tree);
    const first = services.filter((_, index) => index % replicas < (options.started ?? replicas));
    report(`Starting ${first.map(({ name }) => name).join(', ')} …`);
    await Promise.all(first.map((service) => service.start()));
    return {
      mode: 'distributed',
      serverName: options.serverName ?? 'localhost',
      services,
      backends: backends.servers,
      addresses: backends.addresses,
      prefix: options.prefix ?? 'plexus',
      ...routesOf(services),
      command,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface NewProcess {
  readonly options: ClusterOptions;
  readonly backends: Backends;
  readonly folder: string;
  readonly service: ServiceName;
  readonly replica: number;
  readonly index: number;
}

async function createProcess({
  options,
  backends,
  folder,
  service,
  replica,
  index,
}: NewProcess): Promise<ServiceProcess> {
  const ports = await choosePorts();
  const way = backends.ways[index] ?? { addresses: backends.addresses, links: {} };
  const name = `${service}-${replica}`;
  return createServiceProcess({
    name,
    service,
    url: `http://127.0.0.1:${ports.http}`,
    operationUrl: `http://127.0.0.1:${ports.operation}`,
    rpcAddress: `127.0.0.1:${ports.grpc}`,
    links: way.links,
    folder: join(folder, name),
    tree: options.tree,
    configuration: configurationOf(options, { addresses: way.addresses, ports }),
  });
}

async function prepareCommands(options: ClusterOptions, { addresses }: Backends, folder: string) {
  const configuration = configurationOf(options, { addresses, ports: await choosePorts() });
  return prepareOperatorCommands(join(folder, 'operator.yaml'), configuration);
}

async function choosePorts() {
  return { http: await findFreePort(), grpc: await findFreePort(), operation: await findFreePort() };
}

function configurationOf(
  options: ClusterOptions,
  own: Pick<Parameters<typeof distributedConfiguration>[1], 'addresses' | 'ports'>,
): Settings {
  const { serverName = 'localhost', roomShards = 16, prefix = 'plexus', settings = laboratorySettings } = options;
  const failover = options.failover ?? { session: '6s', heartbeat: '1s' };
  const common = { servers: [{ server_name: serverName }], room_shards: roomShards, ...settings };
  return distributedConfiguration(common, { ...own, prefix, failover, copies: options.kafkaCopies ?? 1 });
}

function routesOf(services: readonly ServiceProcess[]): Pick<Deployment, 'baseUrlFor' | 'routesTo' | 'processesOf'> {
  let turn = 0;
  const processesOf = (service: ServiceName): ServiceProcess[] => services.filter((one) => one.service === service);
  const routesTo = (replica: number): Routes => ({
    baseUrlFor(path) {
      const candidates = processesOf(serviceOfPath(path));
      const chosen = candidates[replica % candidates.length];
      if (chosen === undefined) throw new Error(`nothing serves ${path}`);
      return chosen.url;
    },
  });
  return { processesOf, routesTo, baseUrlFor: (path) => routesTo(turn++).baseUrlFor(path) };
}
