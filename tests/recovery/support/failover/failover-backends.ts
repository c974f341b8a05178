import { createKafkaCluster } from '../../../support/servers/kafka.ts';
import { startPostgresPair } from '../../../support/servers/postgres-pair.ts';
import type { PostgresPair } from '../../../support/servers/postgres-pair.ts';
import { startRedisPair } from '../../../support/servers/redis-pair.ts';
import type { RedisPair } from '../../../support/servers/redis-pair.ts';
import type { TestServer } from '../../../support/servers/server-process.ts';

/** Backends of which each may lose a server: three brokers, a Postgres with its standby, a Redis with its replica. */
export interface FailoverBackends {
  readonly brokers: readonly TestServer[];
  readonly postgres: PostgresPair;
  readonly redis: RedisPair;
  readonly addresses: { readonly kafka: string; readonly postgres: string; readonly redis: string };
  dispose(): Promise<void>;
}

export const BROKERS = 3;

export async function startFailoverBackends(): Promise<FailoverBackends> {
  const brokers = await createKafkaCluster(BROKERS);
  const [postgres, redis] = await Promise.all([
    startPostgresPair(),
    startRedisPair(),
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
      redis: redis.address,
    },
    async dispose() {
      await Promise.all([postgres.dispose(), redis.dispose(), ...brokers.map((broker) => broker.kill())]);
      await Promise.all(brokers.map((broker) => broker.dispose()));
    },
  };
}
