import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';
import type { RedisClient } from './open-redis.ts';

/**
 * Calls the listener whenever the client may from now on speak with a Redis that knows less than the one before: a connection that was lost has
 * come back, or a slot has got another master. It is called before any command goes there.
 */
export function watchReturns(client: RedisClient, listener: () => void): void {
  if (client instanceof Cluster) watchTopology(client, listener);
  else watchConnection(client, listener);
}

function watchConnection(connection: Redis, listener: () => void): void {
  let wasReady = false;
  connection.on('ready', () => {
    if (wasReady) listener();
    wasReady = true;
  });
}

function watchTopology(cluster: Cluster, listener: () => void): void {
  let wasReady = false;
  let masters = '';
  cluster.on('ready', () => {
    if (wasReady) listener();
    wasReady = true;
    masters = mastersOf(cluster);
  });
  // A node whose connection broke comes back as a new one: it may have been restarted without its memory.
  cluster.on('+node', () => {
    if (wasReady) listener();
  });
  cluster.on('refresh', () => {
    const now = mastersOf(cluster);
    if (wasReady && now !== masters) listener();
    masters = now;
  });
}

/** Which master has which slots, as a text that is another one when that changes. */
function mastersOf(cluster: Cluster): string {
  const ranges: string[] = [];
  let last: string | undefined;
  for (const [slot, nodes] of cluster.slots.entries()) {
    const master = nodes?.[0];
    if (master !== last) ranges.push(`${slot}=${master}`);
    last = master;
  }
  return ranges.join();
}
