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
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** What is written from now on does not reach the replica, which so has old values when it leads. */
  cutReplication(): Promise<void>;
  /** The master dies; resolves when the Sentinels have made the other one master. */
  failOver(): Promise<void>;
}

const HOST = '127.0.0.1';
const QUIET = ['--bind', HOST, '--protected-mode', 'no', '--save', '', '--appendonly', 'no'];

/** How the Sentinels call the master. */
export const WATCHED_NAME = 'main';

/** A master, a replica and three Sentinels, which take a master for dead that is silent for so long. */
export async function startWatchedRedis(deadAfterMs = 500): Promise<WatchedRedis> {
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
    await createSentinel(masterPort, deadAfterMs),
    await createSentinel(masterPort, deadAfterMs),
    await createSentinel(masterPort, deadAfterMs),
  ];
  for (const { server } of sentinels) await server.start();
  for (const { port } of sentinels) await waitForSentinel(port);
  const ports = sentinels.map(({ port }) => port);
  return {
    servers: [master, replica, ...sentinels.map(({ server }) => server)],
    sentinels: sentinels.map(({ port }) => ({ host: HOST, port })),
    async cutReplication() {
      const leading = await agreedLeaderOf(ports);
      // A master without passwords refuses those who name one: so the replica does not come back.
      for (const port of [masterPort, replicaPort])
        if (port !== leading) await ask(port, ['CONFIG', 'SET', 'masterauth', 'unknown']);
      await ask(leading, ['CLIENT', 'KILL', 'TYPE', 'replica']);
    },
    async failOver() {
      const leading = await agreedLeaderOf(ports);
      const [dies, follows] = leading === masterPort ? [master, replicaPort] : [replica, masterPort];
      await dies.kill();
      await waitUntil('another master', 60_000, async () => (await leaderOf(ports)) === follows);
    },
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

async function agreedLeaderOf(sentinels: readonly number[]): Promise<number> {
  let leading = 0;
  await waitUntil('a master that all Sentinels name', 20_000, async () => {
    leading = await leaderOf(sentinels);
    return leading !== 0;
  });
  return leading;
}

/** The port of the master that all Sentinels name; 0 while they do not agree. */
async function leaderOf(sentinels: readonly number[]): Promise<number> {
  const named = await Promise.all(
    sentinels.map((port) => ask(port, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', WATCHED_NAME])),
  );
  const ports = new Set(named.map((answer) => Number(answer.split('\n').at(-1))));
  const [port = 0] = ports;
  return ports.size === 1 ? port : 0;
}

async function createSentinel(
  masterPort: number,
  deadAfterMs: number,
): Promise<{ readonly server: TestServer; readonly port: number }> {
  const port = await findFreePort();
  const directory = await mkdtemp(join(tmpdir(), 'plexus-sentinel-'));
  const file = join(directory, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    `bind ${HOST}`,
    `dir ${directory}`,
    'protected-mode no',
    `sentinel monitor ${WATCHED_NAME} ${HOST} ${masterPort} 2`,
    `sentinel down-after-milliseconds ${WATCHED_NAME} ${deadAfterMs}`,
    `sentinel failover-timeout ${WATCHED_NAME} ${6 * deadAfterMs}`,
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
