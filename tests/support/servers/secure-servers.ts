import { chown, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { makeAuthority } from '@plexus/testing';
import type { Authority, IssuedCertificate } from '@plexus/testing';
import { findFreePort } from './free-port.ts';
import { kafkaClassPath } from './kafka-files.ts';
import { createPostgres } from './postgres.ts';
import { canRun, runCommand } from './run-command.ts';
import { makeServerFolder } from './server-folder.ts';
import { createServerProcess } from './server-process.ts';
import type { TestServer } from './server-process.ts';

/** A server that takes only connections with TLS, its certificate by `authority`; it asks clients for one by `clients`. */
export interface SecureServer {
  readonly server: TestServer;
  /** Of its TLS port, at 127.0.0.1. */
  readonly port: number;
  readonly authority: Authority;
  readonly clients: Authority;
}

/** The name that the certificates of all these servers are for; they listen on 127.0.0.1. */
export const SECURE_NAME = 'server.internal';

/** The database of `createSecurePostgres` that only clients with a certificate reach. */
export const SECURE_DATABASE = 'template1';

/** A Postgres that lets nobody into `SECURE_DATABASE` without TLS and a certificate; the other one is for whoever asks whether it is ready. */
export async function createSecurePostgres(): Promise<SecureServer> {
  const { directory, files, authority, clients } = await prepare('postgres', await databaseUser());
  const hba = join(directory, 'pg_hba.conf');
  const secure = `hostssl ${SECURE_DATABASE} all 127.0.0.1/32 trust clientcert=verify-ca`;
  await writeFile(hba, `${secure}\nhostnossl postgres all 127.0.0.1/32 trust\n`);
  const server = await createPostgres({
    settings: {
      ssl: 'on',
      ssl_cert_file: files.cert,
      ssl_key_file: files.key,
      ssl_ca_file: files.ca,
      hba_file: hba,
      password_encryption: 'scram-sha-256',
    },
  });
  return { server, port: Number(new URL(server.address).port), authority, clients };
}

/** A Redis without a plain port. */
export async function createSecureRedis(): Promise<SecureServer> {
  const { directory, files, authority, clients } = await prepare('redis');
  const port = await findFreePort();
  const tls = ['--tls-cert-file', files.cert, '--tls-key-file', files.key, '--tls-ca-cert-file', files.ca];
  const settings = ['--bind', '127.0.0.1', '--dir', directory, '--port', '0', '--tls-port', String(port), '--save', ''];
  const server = createServerProcess({
    name: 'Redis with TLS',
    address: `rediss://127.0.0.1:${port}`,
    directory,
    isReady: () => accepts(port),
    run: () => ({ command: 'redis-server', args: [...settings, ...tls] }),
  });
  return { server, port, authority, clients };
}

/** Who may log in to the Kafka of `createSecureKafka`, by SCRAM and in plain text. */
export const KAFKA_LOGIN = { username: 'plexus', password: 'one two three' };

const KAFKA_CLUSTER = 'cGxleHVzLWthZmthLXRscw';
const JVM = ['-Xms64m', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:MaxMetaspaceSize=128m'];

/** A broker whose clients show a certificate, then log in. */
export async function createSecureKafka(): Promise<SecureServer> {
  const { directory, files, authority, clients } = await prepare('kafka');
  const [port, internal, controller] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const classPath = await kafkaClassPath();
  const keystore = join(directory, 'keystore.pem');
  await writeFile(keystore, `${files.pem.key}\n${files.pem.cert}`);
  const settingsFile = join(directory, 'server.properties');
  const settings = kafkaSettings({
    port,
    internal,
    controller,
    keystore,
    truststore: files.ca,
    logs: join(directory, 'logs'),
  });
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(settingsFile, lines.join(''));
  const { username, password } = KAFKA_LOGIN;
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password="${password}"]`,
  ]);
  const format = ['kafka.tools.StorageTool', 'format', '-t', KAFKA_CLUSTER, '-c', settingsFile, ...users];
  await runCommand('java', [...JVM, '-cp', classPath, ...format]);
  const server = createServerProcess({
    name: 'Kafka with TLS',
    address: `127.0.0.1:${port}`,
    directory,
    isReady: () => accepts(port),
    run: () => ({ command: 'java', args: [...JVM, '-cp', classPath, 'kafka.Kafka', settingsFile] }),
  });
  return { server, port, authority, clients };
}

interface KafkaPlaces {
  readonly port: number;
  readonly internal: number;
  readonly controller: number;
  readonly keystore: string;
  readonly truststore: string;
  readonly logs: string;
}

function kafkaSettings({
  port,
  internal,
  controller,
  keystore,
  truststore,
  logs,
}: KafkaPlaces): Record<string, string> {
  const { username, password } = KAFKA_LOGIN;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `SECURE://127.0.0.1:${port},INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `SECURE://127.0.0.1:${port},INTERNAL://127.0.0.1:${internal}`,
    'listener.security.protocol.map': 'SECURE:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': logs,
    'listener.name.secure.ssl.keystore.type': 'PEM',
    'listener.name.secure.ssl.keystore.location': keystore,
    'listener.name.secure.ssl.truststore.type': 'PEM',
    'listener.name.secure.ssl.truststore.location': truststore,
    'listener.name.secure.ssl.client.auth': 'required',
    'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.secure.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`,
    'listener.name.secure.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.secure.scram-sha-512.sasl.jaas.config': scram,
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'auto.create.topics.enable': 'false',
    'log.cleaner.enable': 'false',
  };
}

interface Files {
  readonly cert: string;
  readonly key: string;
  /** Of the authority whose clients are let in. */
  readonly ca: string;
  readonly pem: IssuedCertificate;
}

type User = { readonly uid: number; readonly gid: number } | undefined;

async function prepare(
  name: string,
  user?: User,
): Promise<{ directory: string; files: Files; authority: Authority; clients: Authority }> {
  const [authority, clients] = await Promise.all([makeAuthority('servers'), makeAuthority('clients')]);
  const pem = await authority.issue([SECURE_NAME]);
  const directory = await makeServerFolder(`secure-${name}`);
  const certificates = join(directory, 'certificates');
  await mkdir(certificates);
  const files = {
    cert: join(certificates, 'server.crt'),
    key: join(certificates, 'server.key'),
    ca: join(certificates, 'clients.crt'),
    pem,
  };
  await writeFile(files.cert, pem.cert);
  await writeFile(files.key, pem.key, { mode: 0o600 });
  await writeFile(files.ca, clients.cert);
  if (user !== undefined) {
    for (const path of [directory, certificates, files.cert, files.key, files.ca])
      await chown(path, user.uid, user.gid);
  }
  return { directory, files, authority, clients };
}

/** Under whom Postgres runs where the tests run as root. */
async function databaseUser(): Promise<User> {
  if (process.getuid?.() !== 0) return undefined;
  const name = (await canRun('id', ['-u', 'postgres'])) ? 'postgres' : 'nobody';
  const [uid, gid] = await Promise.all([runCommand('id', ['-u', name]), runCommand('id', ['-g', name])]);
  return { uid: Number(uid), gid: Number(gid) };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
