import { createKafkaCluster } from '../../../support/servers/kafka.ts';
import { startPostgresPair } from '../../../support/servers/postgres-pair.ts';
import type { PostgresPair } from '../../../support/servers/postgres-pair.ts';
import { startWatchedRedis, WATCHED_NAME } from '../../../support/servers/redis-groups.ts';
import type { WatchedRedis } from '../../../support/servers/redis-groups.ts';
import type { TestServer } from '../../../support/servers/server-process.ts';

/** Backends of which each may lose a server: three brokers, a Postgres with its standby, a Redis with its replica and three Sentinels. */
export interface FailoverBackends {
  readonly brokers: readonly TestServer[];
  readonly postgres: PostgresPair;
  readonly redis: WatchedRedis;
  readonly addresses: { readonly kafka: string; readonly postgres: string; readonly redis: string };
  /** What services are told of the Redis instead of an address. */
  readonly settings: { readonly cache: object };
  dispose(): Promise<void>;
}

export const BROKERS = 3;
/** @NOTE A replica that was cut off for ten times as long is chosen no more: what clients do meanwhile has 90 s. */
const REDIS_DEAD_AFTER_MS = 10_000;

export async function startFailoverBackends(): Promise<FailoverBackends> {
  const brokers = await createKafkaCluster(BROKERS);
  const [postgres, redis] = await Promise.all([
    startPostgresPair(),
    startWatchedRedis(REDIS_DEAD_AFTER_MS),
    // None is ready before most of them run.
    ...brokers.map((broker) => broker.start()),
  ]);
  return {
    brokers,
    postgres,
    redis,
    addresses: {
      kafka: brokers.map(({ address }) => address).join(','),
      postgres: postgres.address,
      redis: redis.servers[0]?.address ?? '',
    },
    settings: {
      cache: {
        adapter: 'redis',
        redis: {
          sentinel: { nodes: redis.sentinels.map(({ host, port }) => `${host}:${port}`), master_name: WATCHED_NAME },
        },
      },
    },
    async dispose() {
      await Promise.all([postgres.dispose(), redis.dispose(), ...brokers.map((broker) => broker.kill())]);
      await Promise.all(brokers.map((broker) => broker.dispose()));
    },
  };
}
