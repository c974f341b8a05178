import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';
import { CacheStoreError } from '@plexus/cache';
import { channelOf } from './channel.ts';
import { openRedis, untilReady } from './open-redis.ts';
import type { RedisClient } from './open-redis.ts';
import type { RedisConnection } from './redis-place.ts';

/** What a Redis says of itself. */
export interface DescribedRedis {
  readonly version: string;
  /** In bytes; 0 where nothing bounds it. */
  readonly maxMemory: number;
  /** What it does where so much is in use, as Redis calls it (`maxmemory-policy`). */
  readonly maxMemoryPolicy: string;
  /** Whether it lets this login listen for what others change. */
  readonly mayListen: boolean;
}

export interface RedisToDescribe extends RedisConnection {
  readonly keyPrefix?: string;
}

const CONNECTED_WITHIN_MS = 5_000;

/**
 * Asks the Redis, or each master of a Redis Cluster; nothing of one that does not let this login ask. Throws `CacheStoreError` where it cannot be
 * reached.
 */
export async function describeRedis(connection: RedisToDescribe): Promise<readonly DescribedRedis[]> {
  const client = openRedis(connection);
  try {
    await connected(client);
    const masters: Redis[] = client instanceof Cluster ? client.nodes('master') : [client];
    const channel = channelOf(connection.keyPrefix);
    return (await Promise.all(masters.map((redis) => describe(redis, channel)))).flat();
  } finally {
    client.disconnect();
  }
}

/** The first failure counts: of Sentinels and of a Redis Cluster it is told when all that are known were tried. */
function connected(client: RedisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const tooLate = setTimeout(() => reject(unreachable(new Error('no answer'))), CONNECTED_WITHIN_MS);
    client.once('error', (error: unknown) => {
      clearTimeout(tooLate);
      reject(unreachable(error));
    });
    void untilReady(client).then(() => {
      clearTimeout(tooLate);
      resolve();
    });
  });
}

/** @NOTE The client of a Redis Cluster has what a node said in a field of its own. */
function unreachable(error: unknown): CacheStoreError {
  const cause = error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : error;
  const because = cause instanceof Error ? `: ${cause.message}` : '';
  return new CacheStoreError(`Redis cannot be reached${because}`, { cause });
}

async function describe(redis: Redis, channel: string): Promise<DescribedRedis[]> {
  try {
    const fields = new Map((await redis.info()).split('\r\n').map((line) => splitField(line)));
    return [
      {
        version: fields.get('redis_version') ?? '',
        maxMemory: Number(fields.get('maxmemory') ?? 0),
        maxMemoryPolicy: fields.get('maxmemory_policy') ?? '',
        mayListen: await mayListen(redis, channel),
      },
    ];
  } catch (error) {
    if (isForbidden(error)) return [];
    throw new CacheStoreError('Redis does not answer', { cause: error });
  }
}

/** @NOTE The connection is good for nothing else afterwards. */
async function mayListen(redis: Redis, channel: string): Promise<boolean> {
  try {
    await redis.subscribe(channel);
    return true;
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOPERM');
}

function splitField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1)];
}
