import { createKafka } from './kafka.ts';
import { createPostgres } from './postgres.ts';
import { createRedis } from './redis.ts';
import type { TestServer } from './server-process.ts';

/** The variables that hold the addresses of the supporting servers. Where one is set, that server is used and none is started. */
const makers = {
  PLEXUS_TEST_POSTGRES: () => createPostgres(),
  PLEXUS_TEST_KAFKA: () => createKafka(),
  PLEXUS_TEST_REDIS: () => createRedis(),
} satisfies Record<string, () => Promise<TestServer>>;

export type TestServerVariable = keyof typeof makers;

export interface TestServers {
  readonly addresses: Readonly<Partial<Record<TestServerVariable, string>>>;
  stop(): Promise<void>;
}

/** Starts the servers whose addresses are not in the environment, side by side. */
export async function startTestServers(
  wanted: readonly TestServerVariable[] = ['PLEXUS_TEST_POSTGRES', 'PLEXUS_TEST_KAFKA', 'PLEXUS_TEST_REDIS'],
): Promise<TestServers> {
  const addresses: Partial<Record<TestServerVariable, string>> = {};
  const started: TestServer[] = [];
  async function provide(variable: TestServerVariable): Promise<void> {
    const given = process.env[variable];
    const server = given === undefined || given === '' ? await makers[variable]() : undefined;
    if (server !== undefined) started.push(server);
    await server?.start();
    addresses[variable] = server?.address ?? given ?? '';
  }
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.dispose()));
  };
  const outcomes = await Promise.allSettled(wanted.map(provide));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure === undefined) return { addresses, stop };
  await stop();
  throw failure.reason;
}
