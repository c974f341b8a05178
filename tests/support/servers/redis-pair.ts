import { connect } from 'node:net';
import { TcpProxy } from '../tcp-proxy.ts';
import { createRedis } from './redis.ts';
import type { TestServer } from './server-process.ts';
import { waitUntil } from './wait-until.ts';

/** A Redis and its replica, behind one address that leads to whoever leads. */
export interface RedisPair {
  /** Stays the same over a failover. */
  readonly address: string;
  /** What is written from now on does not reach the replica, which so has old values when it leads. */
  cutReplication(): void;
  /** The primary dies, the replica leads, and the address moves. */
  failOver(): Promise<void>;
  dispose(): Promise<void>;
}

const FOLLOWS_WITHIN_MS = 30_000;

/** Starts both; the replica follows when this resolves. */
export async function startRedisPair(): Promise<RedisPair> {
  const primary = await createRedis();
  const replica = await createRedis();
  await Promise.all([primary.start(), replica.start()]);
  const replication = await TcpProxy.open(placeOf(primary));
  const door = await TcpProxy.open(placeOf(primary));
  await say(replica, `REPLICAOF 127.0.0.1 ${replication.port}`);
  await waitUntil('the replica follows', FOLLOWS_WITHIN_MS, async () => {
    return (await say(replica, 'INFO replication')).includes('master_link_status:up');
  });
  return {
    address: `redis://127.0.0.1:${door.port}`,
    cutReplication: () => replication.partition(),
    async failOver() {
      door.partition();
      await primary.kill();
      await say(replica, 'REPLICAOF NO ONE');
      door.redirect(placeOf(replica));
      door.heal();
    },
    async dispose() {
      await Promise.all([door.close(), replication.close()]);
      await Promise.all([primary.dispose(), replica.dispose()]);
    },
  };
}

function placeOf({ address }: TestServer): { host: string; port: number } {
  return { host: '127.0.0.1', port: Number(new URL(address).port) };
}

/** Sends one command and gives the first piece of its answer. */
function say(server: TestServer, command: string): Promise<string> {
  const { host, port } = placeOf(server);
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(`${command}\r\n`));
    socket.setTimeout(5_000, () => socket.destroy(new Error(`Redis does not answer ${command}`)));
    socket.once('data', (answer) => {
      resolve(answer.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
