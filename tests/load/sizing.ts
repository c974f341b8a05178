// node tests/load/sizing.ts [--messages 20000] [--lanes 64]
// What one message costs each service, Postgres and Kafka in the distributed mode: the numbers of docs/operating/scaling.md.
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { coreServiceNames } from '../../scripts/cluster/deployment.ts';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { usageOf } from './process-usage.ts';

const { values: options } = parseArgs({
  options: { messages: { type: 'string', default: '20000' }, lanes: { type: 'string', default: '64' } },
});
const messages = Number(options.messages);
const lanes = Number(options.lanes);
const ROOMS = 50;
const BODY = 'x'.repeat(200);
const PREFIX = 'sizing';
const TOPIC = `${PREFIX}.room.events`;

interface Reading {
  readonly cpu: ReadonlyMap<string, number>;
  readonly walBytes: number;
  readonly databaseBytes: number;
  readonly rows: number;
  readonly commits: number;
  readonly kafkaBytes: number;
}

const deployment = await launchCluster({
  replicas: 1,
  services: coreServiceNames,
  prefix: PREFIX,
  isLasting: true,
  settings: { ...laboratorySettings, rate_limits: { enabled: false } },
});
const http = new MatrixHttp(deployment);
const database = new Client({ connectionString: deployment.addresses.postgres ?? '' });
await database.connect();
try {
  const users = await Promise.all(Array.from({ length: lanes }, (_, index) => http.register(`user-${index}`)));
  const [creator] = users;
  if (creator === undefined) throw new Error('nobody is there');
  const rooms: string[] = [];
  for (let room = 0; room < ROOMS; room += 1) rooms.push(await creator.createRoom({ preset: 'public_chat' }));
  for (const user of users) for (const room of rooms.slice(0, 5)) await user.join(room);
  await sendAll(users, rooms.slice(0, 5), Math.min(messages, 2_000));
  const before = await read(deployment);
  const began = performance.now();
  await sendAll(users, rooms.slice(0, 5), messages);
  const seconds = (performance.now() - began) / 1_000;
  const after = await read(deployment);
  report(before, after, seconds);
} finally {
  http.close();
  await database.end();
  await deployment.dispose();
}

async function sendAll(users: readonly MatrixClient[], rooms: readonly string[], count: number): Promise<void> {
  let next = 0;
  const lane = async (user: MatrixClient): Promise<void> => {
    for (let index = next++; index < count; index = next++) await user.send(rooms[index % rooms.length] ?? '', BODY);
  };
  await Promise.all(users.map(lane));
}

async function read({ services, backends }: Deployment): Promise<Reading> {
  const cpu = new Map(services.map((service) => [service.service as string, cpuOf(service.pid())]));
  for (const [name, server] of Object.entries(backends)) cpu.set(name, cpuOf(server.pid()));
  await database.query('checkpoint');
  const { rows } = await database.query<Record<string, string>>(
    `select (select wal_bytes from pg_stat_wal) as wal, pg_database_size(current_database()) as size,
            tup_inserted + tup_updated + tup_deleted as rows, xact_commit as commits
       from pg_stat_database where datname = current_database()`,
  );
  const row = rows[0] ?? {};
  return {
    cpu,
    walBytes: Number(row['wal']),
    databaseBytes: Number(row['size']),
    rows: Number(row['rows']),
    commits: Number(row['commits']),
    kafkaBytes: await bytesOfTopic(),
  };
}

function cpuOf(pid: number | undefined): number {
  return pid === undefined ? 0 : usageOf([pid]).cpuSeconds;
}

/** The bytes of all records that are in the topic now, without what Kafka adds per batch. */
async function bytesOfTopic(): Promise<number> {
  const kafka = new Kafka({
    brokers: [deployment.addresses.kafka ?? ''],
    clientId: 'sizing',
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(TOPIC)).map(({ partition, high }) => [partition, Number(high)]));
  await admin.disconnect();
  let left = [...ends.values()].reduce((sum, high) => sum + high, 0);
  let bytes = 0;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  if (left === 0) return 0;
  const consumer = kafka.consumer({ groupId: `sizing-${performance.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      if (Number(message.offset) >= (ends.get(partition) ?? 0)) return;
      bytes += (message.key?.length ?? 0) + (message.value?.length ?? 0);
      left -= 1;
      if (left === 0) resolve();
    },
  });
  await done;
  await consumer.disconnect();
  return bytes;
}

function report(before: Reading, after: Reading, seconds: number): void {
  console.log(
    `${messages} messages of ${BODY.length} bytes, ${lanes} at once: ${(messages / seconds).toFixed(0)} a second`,
  );
  for (const [name, cpu] of after.cpu) {
    const each = ((cpu - (before.cpu.get(name) ?? 0)) * 1_000) / messages;
    console.log(
      `${name}: ${each.toFixed(3)} CPU-ms a message, ${(1_000 / Math.max(each, 0.001)).toFixed(0)} a second and core`,
    );
  }
  const per = (name: Exclude<keyof Reading, 'cpu'>): number => (after[name] - before[name]) / messages;
  console.log(
    `Postgres: ${per('walBytes').toFixed(0)} bytes of WAL, ${per('databaseBytes').toFixed(0)} of tables and indexes,`,
  );
  console.log(`  ${per('rows').toFixed(1)} rows, ${per('commits').toFixed(2)} commits a message`);
  console.log(`Kafka: ${per('kafkaBytes').toFixed(0)} bytes of records a message in ${TOPIC}, before replication`);
}
