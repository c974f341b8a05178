import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { createServerProcess } from './server-process.ts';
import type { TestServer } from './server-process.ts';
import { waitUntil } from './wait-until.ts';

/** Several Redis servers that belong together; the machine has `redis-server` already. */
export interface RedisGroup {
  readonly servers: readonly TestServer[];
  dispose(): Promise<void>;
}

export interface WatchedRedis extends RedisGroup {
  readonly master: TestServer;
  readonly replica: TestServer;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
}

const HOST = '127.0.0.1';
const QUIET = ['--bind', HOST, '--protected-mode', 'no', '--save', '', '--appendonly', 'no'];

/** A master, a replica and three Sentinels that call the master `main` and take it for dead after half a second. */
export async function startWatchedRedis(): Promise<WatchedRedis> {
  const [masterPort, replicaPort] = [await findFreePort(), await findFreePort()];
  const master = await createNode(masterPort, []);
  const replica = await createNode(replicaPort, [
    '--replicaof',
    `${HOST} ${masterPort}`,
    '--repl-diskless-sync-delay',
    '0',
  ]);
  await master.start();
  await replica.start();
  await waitForReplica(masterPort);
  const sentinels = [
    await createSentinel(masterPort),
    await createSentinel(masterPort),
    await createSentinel(masterPort),
  ];
  for (const { server } of sentinels) await server.start();
  for (const { port } of sentinels) await waitForSentinel(port);
  return {
    servers: [master, replica, ...sentinels.map(({ server }) => server)],
    master,
    replica,
    sentinels: sentinels.map(({ port }) => ({ host: HOST, port })),
    dispose: () => disposeAll([...sentinels.map(({ server }) => server), replica, master]),
  };
}

export interface RedisClusterGroup extends RedisGroup {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** Of the first master. */
  readonly replica: { readonly host: string; readonly port: number };
}

/** A Redis Cluster: three masters that share the slots, and a replica of the first one. */
export async function startRedisCluster(): Promise<RedisClusterGroup> {
  const places = [await choosePorts(), await choosePorts(), await choosePorts(), await choosePorts()];
  const ports = places.map(({ port }) => port);
  const servers = await Promise.all(places.map(createClusterNode));
  await Promise.all(servers.map((server) => server.start()));
  const [first = 0, , , replica = 0] = ports;
  await joinNodes(places);
  const masterId = await ask(first, ['CLUSTER', 'MYID']);
  await ask(replica, ['CLUSTER', 'REPLICATE', masterId]);
  for (const port of ports) await waitForCluster(port);
  await waitForReplica(first);
  return {
    servers,
    nodes: ports.slice(0, 3).map((port) => ({ host: HOST, port })),
    replica: { host: HOST, port: replica },
    dispose: () => disposeAll(servers),
  };
}

/** One command to one server; throws where the answer is an error. */
export async function ask(port: number, command: readonly string[]): Promise<string> {
  return (await runCommand('redis-cli', ['-e', '-h', HOST, '-p', String(port), ...command])).trim();
}

/** The masters take a third of the slots each; all nodes then know each other. */
async function joinNodes(places: readonly ClusterPorts[]): Promise<void> {
  const ports = places.map(({ port }) => port);
  const [first = 0] = ports;
  const shares = ['0 5460', '5461 10922', '10923 16383'];
  for (const [index, share] of shares.entries()) {
    await ask(ports[index] ?? 0, ['CLUSTER', 'ADDSLOTSRANGE', ...share.split(' ')]);
    await ask(ports[index] ?? 0, ['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)]);
  }
  for (const { port, bus } of places.slice(1)) await ask(first, ['CLUSTER', 'MEET', HOST, String(port), String(bus)]);
  for (const port of ports) {
    await waitUntil(`the acquaintance of ${port}`, 20_000, async () => {
      return (await ask(port, ['CLUSTER', 'NODES'])).split('\n').length === ports.length;
    });
  }
}

function waitForCluster(port: number): Promise<void> {
  return waitUntil(`the cluster as seen by ${port}`, 20_000, async () => {
    return (await ask(port, ['CLUSTER', 'INFO'])).includes('cluster_state:ok');
  });
}

function waitForReplica(port: number): Promise<void> {
  return waitUntil(`a replica of ${port}`, 20_000, async () => {
    return (await ask(port, ['INFO', 'replication'])).includes('state=online');
  });
}

function waitForSentinel(port: number): Promise<void> {
  return waitUntil(`the Sentinel ${port}`, 20_000, async () => {
    const seen = await ask(port, ['INFO', 'sentinel']);
    return seen.includes('status=ok') && seen.includes('slaves=1') && seen.includes('sentinels=3');
  });
}

async function createNode(port: number, args: readonly string[]): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'plexus-redis-'));
  const settings = ['--port', String(port), '--dir', directory, ...QUIET, ...args];
  return createServerProcess({
    name: `Redis ${port}`,
    address: `redis://${HOST}:${port}`,
    directory,
    run: () => ({ command: 'redis-server', args: settings }),
    isReady: () => answers(port),
  });
}

interface ClusterPorts {
  readonly port: number;
  /** For the other nodes. */
  readonly bus: number;
}

async function choosePorts(): Promise<ClusterPorts> {
  return { port: await findFreePort(), bus: await findFreePort() };
}

function createClusterNode({ port, bus }: ClusterPorts): Promise<TestServer> {
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-port', String(bus)];
  return createNode(port, [...args, '--repl-diskless-sync-delay', '0']);
}

async function createSentinel(masterPort: number): Promise<{ readonly server: TestServer; readonly port: number }> {
  const port = await findFreePort();
  const directory = await mkdtemp(join(tmpdir(), 'plexus-sentinel-'));
  const file = join(directory, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    `bind ${HOST}`,
    `dir ${directory}`,
    'protected-mode no',
    `sentinel monitor main ${HOST} ${masterPort} 2`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 3000',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const server = createServerProcess({
    name: `Sentinel ${port}`,
    address: `redis://${HOST}:${port}`,
    directory,
    run: () => ({ command: 'redis-server', args: [file, '--sentinel'] }),
    isReady: () => answers(port),
  });
  return { server, port };
}

async function answers(port: number): Promise<boolean> {
  return ask(port, ['PING']).then(
    (answer) => answer === 'PONG',
    () => false,
  );
}

async function disposeAll(servers: readonly TestServer[]): Promise<void> {
  for (const server of servers) await server.dispose();
}
