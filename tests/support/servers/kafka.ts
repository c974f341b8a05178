import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerServer, isDockerRunning } from './docker.ts';
import { findFreePort } from './free-port.ts';
import { canRunKafka, classArchive, exists, formattedFolder, KAFKA_VERSION, kafkaClassPath } from './kafka-files.ts';
import { runCommand } from './run-command.ts';
import { makeServerFolder } from './server-folder.ts';
import type { TestServer } from './server-process.ts';
import { createServerProcess } from './server-process.ts';

export interface KafkaOptions {
  /** Further ways to reach the broker, each through a proxy of its own. Without Docker only. */
  readonly proxiedListeners?: readonly ProxiedListener[];
  /** Runs for minutes under load, as an operator's does, instead of being there soon. */
  readonly isLasting?: boolean;
}

/** @NOTE A broker tells clients where to connect; one that is asked at `port` tells them `advertisedPort`. */
export interface ProxiedListener {
  readonly port: number;
  readonly advertisedPort: number;
}

interface Node {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly proxiedListeners: readonly ProxiedListener[];
  /** Where the controllers of all nodes are, its own among them. */
  readonly controllerPorts: readonly number[];
}

const CLUSTER_ID = 'cGxleHVzLWthZmthLXRlcw';
const JVM = ['-XX:MaxMetaspaceSize=128m', '-Xss512k', '-XX:+UseSerialGC', '-Xshare:auto'];
const SHORT_LIVED = [...JVM, '-Xms64m', '-Xmx192m', '-XX:TieredStopAtLevel=1'];
const LASTING = [...JVM, '-Xms512m', '-Xmx512m', '-Xmn256m'];

/** A real Kafka of one node that creates no topic by itself. Address: `127.0.0.1:<port>`. */
export async function createKafka(options: KafkaOptions = {}): Promise<TestServer> {
  const [port, controllerPort] = [await findFreePort(), await findFreePort()];
  const node = {
    id: 1,
    port,
    controllerPort,
    controllerPorts: [controllerPort],
    proxiedListeners: options.proxiedListeners ?? [],
  };
  return createNode(node, options);
}

/** Brokers of one Kafka, each with a copy of everything. It serves while more than half of them live. */
export async function createKafkaCluster(count: number, options: KafkaOptions = {}): Promise<TestServer[]> {
  const ports: { port: number; controllerPort: number }[] = [];
  for (let index = 0; index < count; index += 1)
    ports.push({ port: await findFreePort(), controllerPort: await findFreePort() });
  // Fetched once where it is not there.
  if (await canRunKafka()) await kafkaClassPath();
  const controllerPorts = ports.map(({ controllerPort }) => controllerPort);
  return Promise.all(
    ports.map((own, index) => createNode({ id: index + 1, ...own, controllerPorts, proxiedListeners: [] }, options)),
  );
}

async function createNode(node: Node, options: KafkaOptions): Promise<TestServer> {
  const { port } = node;
  const isLasting = options.isLasting === true;
  const directory = isLasting ? await mkdtemp(join(tmpdir(), 'plexus-kafka-')) : await makeServerFolder('kafka');
  const server = { name: 'Kafka', address: `127.0.0.1:${port}`, directory, isReady: () => answersVersions(port) };
  if (await canRunKafka()) return createBroker(server, node, isLasting ? LASTING : SHORT_LIVED);
  if (await isDockerRunning()) return createDockerBroker(server, node);
  const wanted = 'Java 17 or newer and Maven (on Debian: default-jre-headless and maven)';
  throw new Error(`The tests need Kafka: install ${wanted}, or give the address of one in PLEXUS_TEST_KAFKA.`);
}

type Server = Pick<TestServer, 'name' | 'address'> & { directory: string; isReady: () => Promise<boolean> };

async function createBroker(server: Server, node: Node, jvm: readonly string[]): Promise<TestServer> {
  const classPath = await kafkaClassPath();
  const settingsFile = join(server.directory, 'server.properties');
  const logs = join(server.directory, 'logs');
  const settings = { ...settingsFor(node), 'log.dirs': logs };
  await writeFile(
    settingsFile,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const formatted = formattedFolder(node.id);
  if (await exists(formatted)) await cp(formatted, logs, { recursive: true });
  else await format({ classPath, settingsFile, logs, formatted });
  const newArchive = join(server.directory, 'classes.jsa');
  const isArchived = await exists(classArchive);
  const archive = isArchived ? `-XX:SharedArchiveFile=${classArchive}` : `-XX:ArchiveClassesAtExit=${newArchive}`;
  const broker = createServerProcess({
    ...server,
    run: () => ({ command: 'java', args: [...jvm, archive, '-cp', classPath, 'kafka.Kafka', settingsFile] }),
    isKilledInTheEnd: isArchived,
    async afterStop() {
      if (!isArchived && (await exists(newArchive))) await keepArchive(newArchive);
    },
  });
  if (isArchived) return broker;
  return {
    ...broker,
    async dispose() {
      await broker.stop().catch(() => giveUpArchive());
      await broker.dispose();
    },
  };

  /** What is left of it is nobody's, so that one which writes its archive for too long, on a busy machine, is killed. */
  async function giveUpArchive(): Promise<void> {
    await broker.kill();
    await rm(newArchive, { force: true });
  }
}

interface Format {
  readonly classPath: string;
  readonly settingsFile: string;
  readonly logs: string;
  /** What was made is kept there: it is the same for each broker of an id, and to make it takes as long as half a start. */
  readonly formatted: string;
}

async function format({ classPath, settingsFile, logs, formatted }: Format): Promise<void> {
  const tool = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', settingsFile];
  await runCommand('java', [...SHORT_LIVED, '-cp', classPath, ...tool]);
  const unfinished = `${formatted}.${randomUUID()}`;
  await cp(logs, unfinished, { recursive: true });
  await rename(unfinished, formatted).catch(async (error: unknown) => {
    if (!(await exists(formatted))) throw error;
    await rm(unfinished, { recursive: true });
  });
}

/** @NOTE The temporary folder may lie in another file system, where a file cannot be renamed into place. */
async function keepArchive(newArchive: string): Promise<void> {
  await runCommand('cp', [newArchive, `${classArchive}.${process.pid}`]);
  await rename(`${classArchive}.${process.pid}`, classArchive);
  await rm(newArchive);
}

function createDockerBroker(server: Server, node: Node): TestServer {
  const everywhere = {
    ...settingsFor(node),
    listeners: `PLAINTEXT://:${node.port},CONTROLLER://:${node.controllerPort}`,
  };
  const environment = Object.fromEntries(
    Object.entries(everywhere).map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]),
  );
  return createDockerServer({ ...server, port: node.port, image: `apache/kafka:${KAFKA_VERSION}`, environment });
}

function settingsFor({ id, port, controllerPort, controllerPorts, proxiedListeners }: Node): Record<string, string> {
  const copies = String(controllerPorts.length);
  const leastCopies = String(Math.floor(controllerPorts.length / 2) + 1);
  const clients = [{ name: 'PLAINTEXT', port, advertisedPort: port }].concat(
    proxiedListeners.map((listener, index) => ({ name: `PROXIED_${index}`, ...listener })),
  );
  const listeners = [...clients.map(({ name, port }) => at(name, port)), at('CONTROLLER', controllerPort)];
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': controllerPorts.map((voter, index) => `${index + 1}@127.0.0.1:${voter}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: listeners.join(','),
    'advertised.listeners': clients.map(({ name, advertisedPort }) => at(name, advertisedPort)).join(','),
    'listener.security.protocol.map': ['CONTROLLER', ...clients.map(({ name }) => name)]
      .map((name) => `${name}:PLAINTEXT`)
      .join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'default.replication.factor': copies,
    'min.insync.replicas': leastCopies,
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': leastCopies,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': leastCopies,
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // @NOTE A broker that says as rarely as once in its session that it lives loses its partitions, and the groups that it coordinates, whenever the machine is busy.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '200',
    'auto.create.topics.enable': 'false',
    'log.segment.delete.delay.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'log.cleaner.enable': 'false',
  };
}

function at(name: string, port: number): string {
  return `${name}://127.0.0.1:${port}`;
}

/** Sends an ApiVersions request (key 18, version 0) and waits for any answer: an open port alone does not mean that it serves. */
function answersVersions(port: number): Promise<boolean> {
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 255, 255]);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve(false));
  });
}
