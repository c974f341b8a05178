import type { Routes } from '../../tests/support/matrix-client.ts';
import type { TestServer } from '../../tests/support/servers/server-process.ts';
import type { BackendName } from './backends.ts';
import type { Settings } from './service-configuration.ts';
import type { TcpProxy } from '../../tests/support/tcp-proxy.ts';

/** Rooms, clients and other servers: what every deployment has to have. */
export const coreServiceNames = [
  'event-persister',
  'federation-sender',
  'federation-ingress',
  'client-api',
  'sync',
] as const;
export const serviceNames = [...coreServiceNames, 'consent', 'notices', 'appservice-sender'] as const;

export type ServiceName = (typeof serviceNames)[number];

/** One process of Plexus, that can be stopped, killed and started again at the same addresses. */
export interface ServiceProcess {
  /** Unique in its deployment, for example `sync-2`. */
  readonly name: string;
  readonly service: ServiceName | 'plexus';
  /** Of its Matrix APIs. */
  readonly url: string;
  /** Of `/health` and `/metrics`. */
  readonly operationUrl: string;
  /** Where an owner of rooms is reached by the other services. */
  readonly rpcAddress?: string;
  /** What stands between it and each backend, where the deployment was launched with `isProxied`. */
  readonly links: Readonly<Partial<Record<BackendName, TcpProxy>>>;
  /** Resolves when it can take work. */
  start(): Promise<void>;
  /** Ends it as an operator would. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  pid(): number | undefined;
  isReady(): Promise<boolean>;
  /** Changes settings of its configuration file, which but for some count from its next start on; what a section has besides them stays. */
  configure(change: Settings): Promise<void>;
  /** The built tree that it is run from, from its next start on; this one where nothing is given. */
  runFrom(tree?: string): void;
  /** The last lines that it wrote. */
  log(): string;
  /** Everything that it has written after so many bytes. */
  readLog(after: number): Promise<Buffer>;
  /** Ends it and removes its folder. */
  dispose(): Promise<void>;
}

/** A running Plexus, in one process or in several. */
export interface Deployment extends Routes {
  readonly mode: 'embedded' | 'distributed';
  readonly serverName: string;
  readonly services: readonly ServiceProcess[];
  /** Servers that the launcher started itself. */
  readonly backends: Readonly<Partial<Record<BackendName, TestServer>>>;
  readonly addresses: Readonly<Partial<Record<BackendName, string>>>;
  /** Put before its names in Kafka and Redis; of the distributed mode. */
  readonly prefix?: string;
  /** Of the embedded mode. */
  readonly dataFolder?: string;
  /** Routes that reach always the same replica of each service, counted from 0. */
  routesTo(replica: number): Routes;
  processesOf(service: ServiceName): readonly ServiceProcess[];
  /** Runs the operator's command line, of this tree where no other is given, and gives what it printed. */
  command(args: readonly string[], tree?: string): Promise<string>;
  /** Ends everything and removes its data. */
  dispose(): Promise<void>;
}
