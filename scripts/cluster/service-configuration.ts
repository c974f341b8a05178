import type { Addresses } from './backends.ts';

export type Settings = Readonly<Record<string, unknown>>;

export interface Ports {
  readonly http: number;
  readonly tls?: number | undefined;
  readonly grpc: number;
  readonly operation: number;
}

export interface Distribution {
  readonly addresses: Addresses;
  readonly ports: Ports;
  /** Put before the names in Kafka and Redis. */
  readonly prefix: string;
  readonly failover: Failover;
  /** Copies of each partition in Kafka. */
  readonly copies: number;
}

/** How soon a consumer that is silent counts as dead. */
export interface Failover {
  readonly session: string;
  readonly heartbeat: string;
}

/** The configuration of one process of a distributed deployment. */
export function distributedConfiguration(
  common: Settings,
  { addresses, ports, prefix, failover, copies }: Distribution,
): Settings {
  return {
    ...listening(ports),
    database: { url: addresses.postgres },
    topics: {
      adapter: 'kafka',
      kafka: {
        brokers: addresses.kafka.split(','),
        topic_prefix: `${prefix}.`,
        replication_factor: copies,
        session_timeout: failover.session,
        heartbeat_interval: failover.heartbeat,
      },
    },
    cache: { adapter: 'redis', redis: { url: addresses.redis, key_prefix: `${prefix}:` } },
    rpc: { adapter: 'grpc', grpc: { port: ports.grpc, advertised_host: '127.0.0.1' } },
    ...common,
  };
}

/** The configuration of a single process. */
export function embeddedConfiguration(common: Settings, ports: Ports, dataFolder: string): Settings {
  return { ...listening(ports), data_dir: dataFolder, ...common };
}

function listening(ports: Ports): Settings {
  return {
    listeners: [
      { port: ports.http, bind_addresses: ['127.0.0.1'], trusted_proxies: ['127.0.0.0/8'], max_body_bytes: '50M' },
      ...(ports.tls === undefined
        ? []
        : [{ port: ports.tls, bind_addresses: ['127.0.0.1'], trusted_proxies: [], max_body_bytes: '50M', tls: {} }]),
    ],
    metrics: { listen: { port: ports.operation } },
  };
}

/** As `config/lab.yaml`: everybody may register, nothing is limited, passwords are cheap, other servers may be on this machine. */
export const laboratorySettings: Settings = {
  registration: { enabled: true },
  rate_limits: { enabled: false },
  password_hashing: { memory_kib: 8, iterations: 1, parallelism: 1 },
  federation: { verify_certificates: false, ip_range_whitelist: ['127.0.0.0/8', '::1/128'] },
  appservice_delivery: { ip_range_whitelist: ['127.0.0.0/8', '::1/128'] },
};
