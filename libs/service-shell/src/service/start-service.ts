import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ConfigFollower } from '../config/config-follower.ts';
import { readEnvironment } from '../config/environment.ts';
import type { Environment } from '../config/environment.ts';
import type { PlexusConfig } from '../config/plexus-config.ts';
import type { ApiName, ListenerSettings } from '../config/sections/listeners.ts';
import { createHttpAdapter } from '../http/fastify-adapter.ts';
import { listenerRequest } from '../http/listener.ts';
import { MatrixErrorFilter } from '../http/matrix-error-filter.ts';
import { openListener } from '../http/open-listener.ts';
import type { OpenListener } from '../http/open-listener.ts';
import { logRequest } from '../http/log-request.ts';
import { RouteTable } from '../http/route-table.ts';
import { nestLogger } from '../logging/nest-logger.ts';
import { createLogger } from '../logging/pino-logger.ts';
import type { RootLogger } from '../logging/pino-logger.ts';
import { ConfigGeneration } from '../metrics/config-generation.ts';
import { createHttpMetrics } from '../metrics/http-metrics.ts';
import { addOperationRoutes } from '../metrics/operation-routes.ts';
import { createRegistry } from '../metrics/process-metrics.ts';
import { Readiness } from '../metrics/readiness.ts';
import { Shutdown } from '../shutdown/shutdown.ts';
import { systemClock } from '../system/system-clock.ts';
import { systemRandomSource } from '../system/system-random-source.ts';
import { loadCertificates } from '../tls/listener-certificates.ts';
import type { CertificateSource } from '../tls/certificate-source.ts';
import { endRequestSpan } from '../tracing/request-span.ts';
import { startTracing } from '../tracing/start-tracing.ts';
import { openUseSeries } from '../usage/open-use-series.ts';
import { countRequest } from '../usage/count-request.ts';
import { ServerUseMeter } from '../usage/server-use-meter.ts';
import { TracedRows } from '../tracing/traced-rows.ts';
import { chooseListeners } from './choose-listeners.ts';
import { giveBackMemory } from './give-back-memory.ts';
import type { Shell } from './shell.ts';

export type ServiceModule = Type | DynamicModule;

export interface ServiceOptions {
  /** The name of the app, in logs and traces. */
  readonly name: string;
  readonly config: PlexusConfig;
  /** Where the configuration was read from, to follow its changes. */
  readonly configPath?: string | undefined;
  readonly environment?: Environment;
  /** The APIs that the app has. Listeners that offer none of them stay closed in this process. */
  readonly apis: readonly ApiName[];
  /** Builds the root module; what it starts it registers with `shell.shutdown`. */
  readonly module: (shell: Shell) => ServiceModule | Promise<ServiceModule>;
  /** Further TLS certificates by name. */
  readonly certificates?: CertificateSource;
  /** Standard output where it is not given. */
  readonly logger?: RootLogger;
}

export interface RunningService {
  readonly shell: Shell;
  readonly app: NestFastifyApplication;
  readonly listeners: readonly { readonly settings: ListenerSettings; readonly addresses: readonly AddressInfo[] }[];
  /** Turns unready, drains and stops everything; resolves to whether all of it stopped cleanly. */
  stop(): Promise<boolean>;
}

/** Starts a service: its module, then its listeners. Whatever had been started is stopped again where something fails. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const shell = createShell(options);
  const { shutdown, config } = shell;
  try {
    shutdown.onStop('tracing', await startTracing(config.tracing, options.name));
    const { app, handle, finished } = await createApp(options, shell);
    followConfig(shell);
    await giveBackMemory();
    const listeners = await openListeners(options, shell, { handle, finished });
    shell.readiness.started();
    return { shell, app, listeners, stop: () => stopService(shell, listeners) };
  } catch (error) {
    await shutdown.begin();
    throw error;
  }
}

/** What adapters are opened with; whoever makes one begins its shutdown in the end. */
export function createShell({
  name,
  config,
  configPath,
  environment = readEnvironment(),
  logger,
}: Omit<ServiceOptions, 'apis' | 'module' | 'certificates'>): Shell {
  const ownLogger = logger ?? createLogger({ service: name, level: config.log.level });
  const registry = createRegistry(config.deployment_name, name);
  const onError = (err: unknown): void =>
    ownLogger.warn('The configuration file has changed and cannot be used: nothing changes', { err });
  return {
    config,
    environment,
    configFollower:
      configPath === undefined
        ? undefined
        : new ConfigFollower({ path: configPath, environment, clock: systemClock, onError }),
    configGeneration: new ConfigGeneration(registry),
    logger: ownLogger,
    registry,
    readiness: new Readiness(),
    shutdown: new Shutdown(ownLogger),
    use: new ServerUseMeter(openUseSeries(registry, config.metrics.hosted_servers)),
    clock: systemClock,
    random: systemRandomSource,
    tracedRows: new TracedRows(),
  };
}

/** What can be changed while running, modules have asked for by now; the rest is for the next start. */
function followConfig({ configFollower: follower, configGeneration, logger, shutdown }: Shell): void {
  if (follower === undefined) return;
  configGeneration.report('file', follower.fingerprint);
  follower.onChange((_config, fingerprint) => {
    configGeneration.report('file', fingerprint);
    logger.info('The configuration file has changed: what can change while running is in force', { fingerprint });
  });
  follower.start();
  shutdown.onStop('configuration file', () => follower.stop());
}

interface CreatedApp {
  readonly app: NestFastifyApplication;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly finished: (request: IncomingMessage, response: ServerResponse) => void;
}

async function createApp(options: ServiceOptions, shell: Shell): Promise<CreatedApp> {
  const { logger, registry, readiness, shutdown, use, config } = shell;
  const metrics = createHttpMetrics(registry);
  const routes = new RouteTable();
  const { adapter, handle } = createHttpAdapter({
    routes,
    newRequestId: requestIds(),
    draining: shutdown.draining,
    started: metrics.started,
  });
  addOperationRoutes(adapter.getInstance<FastifyInstance>(), registry, readiness);
  const module = await options.module(shell);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLogger(logger),
  });
  shutdown.onStop('modules', () => app.close());
  app.useGlobalFilters(new MatrixErrorFilter(logger, routes));
  await app.init();
  await adapter.getInstance<FastifyInstance>().ready();
  return { app, handle, finished };

  function finished(request: IncomingMessage, response: ServerResponse): void {
    metrics.finished(request, response);
    countRequest(use, listenerRequest(request), response);
    endRequestSpan(listenerRequest(request), response);
    if (config.log.requests) logRequest(logger, listenerRequest(request), response);
  }
}

async function openListeners(
  { apis, config, certificates: source }: ServiceOptions,
  { logger, shutdown }: Shell,
  { handle, finished }: Pick<CreatedApp, 'handle' | 'finished'>,
): Promise<OpenListener[]> {
  const opened: OpenListener[] = [];
  shutdown.onStop('listeners', async () => {
    await Promise.all(opened.map((listener) => listener.drain()));
  });
  const names = ['localhost', '127.0.0.1', '::1', ...config.servers.map(({ server_name }) => server_name)];
  for (const settings of chooseListeners(config, apis)) {
    const tls = settings.tls;
    const certificates = tls === undefined ? undefined : await loadCertificates(tls, { logger, source, names });
    const listener = await openListener(settings, { limits: config.limits, handle, finished, certificates });
    opened.push(listener);
    for (const { address, port } of listener.addresses) {
      logger.info('Listening', { address, port, tls: tls !== undefined, apis: settings.apis });
    }
  }
  return opened;
}

/** @NOTE Load balancers learn that it is unready before it refuses anything; whoever still asks meanwhile is answered. */
async function stopService(
  { config, logger, readiness, shutdown, clock }: Shell,
  listeners: readonly OpenListener[],
): Promise<boolean> {
  readiness.draining();
  for (const listener of listeners) listener.announceEnd();
  await clock.delay(config.shutdown.unready_delay);
  const failed = await shutdown.begin();
  logger.info('Stopped', { failed });
  return failed.length === 0;
}

/** Unique among processes by a random prefix, short within one. */
function requestIds(): () => string {
  const prefix = randomBytes(5).toString('hex');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
