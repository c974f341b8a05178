import { AppserviceRegistry } from '@plexus/appservices';
import type { Caches } from '@plexus/cache';
import type { KeyRing } from '@plexus/remote-servers';
import { RoutedRemoteRooms, RoutedRemoteServers, RoutedReports } from '@plexus/rpc';
import type { AppserviceRequests, Notices, Reports, RoomWriter, SenderRouter } from '@plexus/rpc';
import { CachedKeyRing } from '@plexus/server-keys';
import {
  activeCodec,
  HostedServerCounter,
  reportBlockedAppservices,
  UsageGate,
  usageLimitOf,
} from '@plexus/service-shell';
import type { RateLimiter, ReportBlockedAppservice, Shell } from '@plexus/service-shell';
import {
  PostgresAppservices,
  PostgresCacheFactors,
  PostgresDroppedCaches,
  PostgresHostedServers,
  PostgresLogLevels,
  PostgresServerKeys,
  PostgresUserActivity,
} from '@plexus/storage-postgres';
import type { Deployment, PostgresPolicies } from '@plexus/storage-postgres';
import type { Topics } from '@plexus/topics';
import type { AnnouncedUserStreams } from '@plexus/user-streams';
import type { CacheSizing } from './cache-sizing.ts';
import { followLogLevels } from './follow-log-levels.ts';
import { openCaches } from './open-caches.ts';
import { openDatabases } from './open-databases.ts';
import type { Databases } from './open-databases.ts';
import { openRateLimiter } from './open-rate-limiter.ts';
import { openRpc } from './open-rpc.ts';
import type { AppservicesReplicas, NoticesReplicas, RoomWriters, Senders } from './open-rpc.ts';
import { policiesOpener } from './open-policies.ts';
import { openTopics } from './open-topics.ts';
import { openUserStreams } from './open-user-streams.ts';
import { reportDatabases } from './report-databases.ts';
import { RpcTelemetry } from './report-rpc.ts';
import { storeServerUse } from './store-server-use.ts';
import { reportGeneration } from './report-generation.ts';
import { findLosses } from './warn-of-loss.ts';
import { checkDeployment, checkSchema } from './check-deployment.ts';
import { openSharedCaches, openShardOwners } from './open-shared-caches.ts';
import type { SharedCaches } from './open-shared-caches.ts';
import { routeAppservices, routeNotices, routeRoomWriter, routeSenders } from './route-services.ts';

/** What the modules of a process share. */
export interface Resources extends SharedCaches {
  readonly databases: Databases;
  readonly deployment: Deployment;
  readonly topics: Topics;
  readonly caches: Caches;
  /** How large they are to be, and who says so. */
  readonly cacheSizing: CacheSizing;
  readonly cacheFactors: PostgresCacheFactors;
  readonly roomWriters: RoomWriters;
  /** The way into rooms, whoever owns them. */
  readonly roomWriter: RoomWriter;
  readonly senders: Senders;
  /** The way to other homeservers, for whoever opens no connections itself. */
  readonly senderRouter: SenderRouter;
  readonly remoteServers: RoutedRemoteServers;
  readonly remoteRooms: RoutedRemoteRooms;
  /** The way to who operates this deployment. */
  readonly reports: Reports;
  readonly noticesReplicas: NoticesReplicas;
  /** What hosted servers tell their users. */
  readonly notices: Notices;
  readonly appservicesReplicas: AppservicesReplicas;
  /** The way to application services, for whoever opens no connections itself. */
  readonly appserviceRequests: AppserviceRequests;
  /** The public keys of all servers, hosted ones included. */
  readonly keyRing: KeyRing;
  readonly hostedServers: PostgresHostedServers;
  readonly appserviceRepository: PostgresAppservices;
  readonly logLevels: PostgresLogLevels;
  /** What is known of the application services. */
  readonly appservices: AppserviceRegistry;
  readonly appserviceBlocked: ReportBlockedAppservice;
  /** Requests of users, by hosted server. */
  readonly userRequests: HostedServerCounter;
  /** Keeps users out who are more than their server may have. */
  readonly usage: UsageGate;
  /** What is addressed to users. */
  readonly userStreams: AnnouncedUserStreams;
  /** Counts for all replicas. */
  readonly limiter: RateLimiter;
  /** The policies that users are asked to agree to, for modules that need them: one copy per process. */
  openPolicies(): Promise<PostgresPolicies>;
}

/**
 * Opens what the configuration names, once per process. Throws `StartError` where the database is not migrated, or was created with
 * another number of room shards. Everything ends with the shell, in reverse order.
 */
export async function openResources(shell: Shell, serviceName: string): Promise<Resources> {
  const { config, clock, logger, shutdown } = shell;
  await checkSchema(shell);
  const databases = openDatabases(shell, `plexus ${serviceName}`);
  shutdown.onStop('databases', () => databases.close());
  reportDatabases(shell.registry, databases);
  storeServerUse(shell, databases.accounts);
  const deployment = await checkDeployment(shell, databases);
  reportGeneration(shell.registry, databases.gate);
  for (const loss of await findLosses(config, [databases.rooms, databases.accounts])) logger.warn(loss);
  const appserviceRepository = new PostgresAppservices(databases.accounts);
  const cacheFactors = new PostgresCacheFactors(databases.accounts);
  const logLevels = new PostgresLogLevels(databases.accounts);
  const droppedCaches = new PostgresDroppedCaches(databases.accounts);
  const hostedServers = new PostgresHostedServers(databases.accounts, {
    clock,
    onPollError: (error) => logger.warn('The hosted servers cannot be read', { err: error }),
    companions: [appserviceRepository, cacheFactors, logLevels, droppedCaches],
  });
  await hostedServers.start();
  shutdown.onStop('hosted servers', () => hostedServers.stop());
  shutdown.onStop('log levels', followLogLevels(logLevels, { logger, clock, service: serviceName }));
  const { caches, cacheSizing } = await openCaches(shell, {
    ...databases,
    factors: cacheFactors,
    dropped: droppedCaches,
  });
  const topics = await openTopics(shell, databases.rooms, deployment.roomShards);
  const userStreams = openUserStreams(shell, databases, topics);
  const rpc = openRpc(config.rpc, logger);
  shutdown.onStop('certificates between services', () => rpc.close());
  const { roomWriters, senders, notices: noticesReplicas, appservices: appservicesReplicas } = rpc;
  shutdown.onStop('room writers', () => roomWriters.channels.close());
  shutdown.onStop('senders', () => senders.channels.close());
  shutdown.onStop('channels to notices', () => noticesReplicas.channels.close());
  shutdown.onStop('channels to appservice-senders', () => appservicesReplicas.channels.close());
  const calls = new RpcTelemetry(shell.registry);
  const shardOwners = openShardOwners(caches);
  const roomWriter = calls.followed(routeRoomWriter(shell, { databases, deployment, roomWriters, shardOwners }));
  const sharedCaches = openSharedCaches(caches);
  const senderRouter = routeSenders(shell, databases, { ...senders, calls });
  const remoteServers = new RoutedRemoteServers(senderRouter);
  const remoteRooms = new RoutedRemoteRooms(senderRouter);
  const keyRing = new CachedKeyRing({
    cache: sharedCaches.serverKeys,
    stored: new PostgresServerKeys(databases.accounts),
    fetcher: remoteServers,
    hosted: hostedServers,
    clock,
  });
  const reports = new RoutedReports(senderRouter);
  const federation = { senders, senderRouter, remoteServers, remoteRooms, reports, keyRing };
  const notices = routeNotices(shell, databases, { ...noticesReplicas, calls });
  const limiter = openRateLimiter(shell, databases, hostedServers);
  const opened = { databases, deployment, topics, caches, roomWriters, roomWriter, userStreams, limiter };
  return {
    ...opened,
    ...federation,
    ...sharedCaches,
    noticesReplicas,
    notices,
    appservicesReplicas,
    appserviceRequests: routeAppservices(shell, databases, { ...appservicesReplicas, calls }),
    cacheSizing,
    cacheFactors,
    hostedServers,
    appserviceRepository,
    logLevels,
    appservices: new AppserviceRegistry(appserviceRepository, hostedServers, clock),
    appserviceBlocked: reportBlockedAppservices(shell.registry, logger),
    userRequests: new HostedServerCounter(shell.registry, {
      name: 'requests_total',
      help: 'Requests of users of a hosted server.',
      servers: config.metrics.hosted_servers,
    }),
    usage: openUsageGate(shell, { databases, caches, hostedServers }),
    openPolicies: policiesOpener(shell, databases),
  };
}

function openUsageGate(
  { config, clock }: Shell,
  { databases, caches, hostedServers }: Pick<Resources, 'databases' | 'caches' | 'hostedServers'>,
): UsageGate {
  return new UsageGate({
    activity: new PostgresUserActivity(databases.accounts),
    activeUsers: caches.open<true>({ name: 'active_users', kind: 'immutable', codec: activeCodec, levels: 'process' }),
    limitOf: (serverName) => {
      const server = hostedServers.find(serverName);
      return server && usageLimitOf(config, server);
    },
    clock,
  });
}
