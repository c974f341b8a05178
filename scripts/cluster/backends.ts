import { createKafka } from '../../tests/support/servers/kafka.ts';
import { createPostgres } from '../../tests/support/servers/postgres.ts';
import { createRedis } from '../../tests/support/servers/redis.ts';
import { findFreePort } from '../../tests/support/servers/free-port.ts';
import type { TestServer } from '../../tests/support/servers/server-process.ts';
import { TcpProxy } from '../../tests/support/tcp-proxy.ts';

/** What a deployment of several services stands on. */
export const backendNames = ['postgres', 'kafka', 'redis'] as const;
export type BackendName = (typeof backendNames)[number];

export type Addresses = Readonly<Record<BackendName, string>>;
export type Links = Readonly<Partial<Record<BackendName, TcpProxy>>>;

/** How one process reaches the backends. */
export interface WayToBackends {
  readonly addresses: Addresses;
  readonly links: Links;
}

export interface Backends {
  /** What was started here. */
  readonly servers: Readonly<Partial<Record<BackendName, TestServer>>>;
  readonly addresses: Addresses;
  /** One for each process that was asked for. */
  readonly ways: readonly WayToBackends[];
  dispose(): Promise<void>;
}

export interface BackendOptions {
  /** Addresses of servers that run already. */
  readonly given: Readonly<Partial<Record<BackendName, string>>>;
  /** For how many processes proxies are opened, one to each backend; 0 where they connect directly. */
  readonly proxiedProcesses: number;
  /** They are to serve a load for minutes. */
  readonly isLasting?: boolean;
}

/** Starts the backends whose addresses are not given. */
export async function startBackends({ given, proxiedProcesses, isLasting = false }: BackendOptions): Promise<Backends> {
  if (proxiedProcesses > 0 && given.kafka !== undefined)
    throw new Error('A Kafka that runs already tells its own address: no proxy can stand before it.');
  const kafkaLinks = await openKafkaLinks(proxiedProcesses);
  const makers: Record<BackendName, () => Promise<TestServer>> = {
    postgres: () => createPostgres(),
    kafka: () =>
      createKafka({
        isLasting,
        proxiedListeners: kafkaLinks.map(({ port, proxy }) => ({ port, advertisedPort: proxy.port })),
      }),
    redis: () => createRedis(),
  };
  const servers: Partial<Record<BackendName, TestServer>> = {};
  const links = kafkaLinks.map(({ proxy }) => proxy);
  const dispose = async (): Promise<void> => {
    await Promise.all(links.map((link) => link.close()));
    await Promise.all(Object.values(servers).map((server) => server.dispose()));
  };
  try {
    await Promise.all(
      backendNames.map(async (name) => {
        if (given[name] !== undefined) return;
        const server = await makers[name]();
        servers[name] = server;
        await server.start();
      }),
    );
    const addresses = {
      postgres: given.postgres ?? servers.postgres?.address ?? '',
      kafka: given.kafka ?? servers.kafka?.address ?? '',
      redis: given.redis ?? servers.redis?.address ?? '',
    };
    const ways: WayToBackends[] = [];
    for (const { proxy } of kafkaLinks) {
      const postgres = await openLink(addresses.postgres);
      const redis = await openLink(addresses.redis);
      links.push(postgres, redis);
      ways.push({
        links: { postgres, redis, kafka: proxy },
        addresses: {
          postgres: through(addresses.postgres, postgres),
          redis: through(addresses.redis, redis),
          kafka: `127.0.0.1:${proxy.port}`,
        },
      });
    }
    return { servers, addresses, ways, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** @NOTE The broker must be told each proxy's address before it starts, so its ports are chosen here. */
async function openKafkaLinks(count: number): Promise<{ port: number; proxy: TcpProxy }[]> {
  const links = [];
  for (let index = 0; index < count; index += 1) {
    const port = await findFreePort();
    links.push({ port, proxy: await TcpProxy.open({ host: '127.0.0.1', port }) });
  }
  return links;
}

function openLink(address: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(address);
  return TcpProxy.open({ host: hostname, port: Number(port) });
}

function through(address: string, link: TcpProxy): string {
  const url = new URL(address);
  url.hostname = '127.0.0.1';
  url.port = String(link.port);
  return url.toString();
}
