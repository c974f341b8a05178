import { AppserviceRegistry } from '@plexus/appservices';
import type { CacheCodec, Caches, NamedCache } from '@plexus/cache';
import type { KeyRing } from '@plexus/remote-servers';
import type { StateNode } from '@plexus/room-dag';
import { roomPlaceCodec, stateNodeCodec } from '@plexus/room-view';
import type { RoomPlace } from '@plexus/room-view';
import {
  ReplicaRouter,
  RoutedAppservices,
  RoutedNotices,
  RoutedRemoteRooms,
  RoutedRemoteServers,
  RoutedReports,
  RoutedRoomWriter,
  SenderRouter,
} from '@plexus/rpc';
import type { AppserviceRequests, LiveReplicas, Notices, Reports, RoomWriter } from '@plexus/rpc';
import { CachedKeyRing, storedServerKeyCodec } from '@plexus/server-keys';
import {
  accessRecordCodec,
  activeCodec,
  currentTraceparent,
  deviceKeyCountsCodec,
  findTracing,
  HostedServerCounter,
  reportBlockedAppservices,
  StartError,
  UsageGate,
  usageLimitOf,
} from '@plexus/service-shell';
import type { RateLimiter, ReportBlockedAppservice, Shell } from '@plexus/service-shell';
import { roomShardOf } from '@plexus/storage';
import type { AccessRecord, DeviceKeyCounts, ProfileFields, RoomAlias, StoredServerKey } from '@plexus/storage';
import {
  findSchemaFault,
  PostgresAppserviceQueueStates,
  PostgresAppservices,
  PostgresCacheFactors,
  PostgresHostedServers,
  PostgresLogLevels,
  PostgresNoticesReplicas,
  PostgresSenderReplicas,
  PostgresServerKeys,
  PostgresShardOwnerReader,
  PostgresUserActivity,
  readDeployment,
} from '@plexus/storage-postgres';
import type { Deployment, PostgresPolicies } from '@plexus/storage-postgres';
import { appserviceShardOf } from '@plexus/topics';
import type { Topics } from '@plexus/topics';
import { accountSettingsCodec, aliasCodec, profileCodec } from '@plexus/user-streams';
import type { AccountSettings, AnnouncedUserStreams } from '@plexus/user-streams';
import type { CacheSizing } from './cache-sizing.ts';
import { followLogLevels } from './follow-log-levels.ts';
import { openCaches } from './open-caches.ts';
import { databaseUrls, openDatabases } from './open-databases.ts';
import type { Databases } from './open-databases.ts';
import { openRateLimiter } from './open-rate-limiter.ts';
import { openRpc, LOCAL_ADDRESS } from './open-rpc.ts';
import type { AppservicesReplicas, NoticesReplicas, RoomWriters, Senders } from './open-rpc.ts';
import { policiesOpener } from './open-policies.ts';
import { openTopics } from './open-topics.ts';
import { openUserStreams } from './open-user-streams.ts';
import { RememberedReplicas } from './remembered-replicas.ts';
import { RememberedShardOwners } from './remembered-shard-owners.ts';
import { reportDatabases } from './report-databases.ts';
import { RpcTelemetry } from './report-rpc.ts';
import { storeServerUse } from './store-server-use.ts';
import { TracedRoomWriter } from './tracing/traced-room-writer.ts';
import { reportGeneration } from './report-generation.ts';
import { findLosses } from './warn-of-loss.ts';

/** What the modules of a process share. */
export interface Resources {
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
  /** By `serverKeyCacheKey`. */
  readonly serverKeys: NamedCache<StoredServerKey>;
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
  /** By the hash of the token. */
  readonly accessTokens: NamedCache<AccessRecord>;
  readonly stateNodes: NamedCache<StateNode>;
  /** By room id. */
  readonly roomPlaces: NamedCache<RoomPlace>;
  /** By user id. */
  readonly accountSettings: NamedCache<AccountSettings>;
  /** What users say of themselves, by user id. */
  readonly profiles: NamedCache<ProfileFields>;
  /** Where aliases lead, by themselves. */
  readonly aliases: NamedCache<RoomAlias>;
  /** What is stored of users' push rules, by user id. */
  readonly pushRules: NamedCache<string>;
  /** By `deviceKeyCountsKey`. */
  readonly deviceKeyCounts: NamedCache<DeviceKeyCounts>;
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
  const hostedServers = new PostgresHostedServers(databases.accounts, {
    clock,
    onPollError: (error) => logger.warn('The hosted servers cannot be read', { err: error }),
    companions: [appserviceRepository, cacheFactors, logLevels],
  });
  await hostedServers.start();
  shutdown.onStop('hosted servers', () => hostedServers.stop());
  shutdown.onStop('log levels', followLogLevels(logLevels, { logger, clock, service: serviceName }));
  const { caches, cacheSizing } = await openCaches(shell, { ...databases, factors: cacheFactors });
  const topics = await openTopics(shell, databases.rooms, deployment.roomShards);
  const userStreams = openUserStreams(shell, databases.accounts, topics);
  const rpc = openRpc(config.rpc, logger);
  shutdown.onStop('certificates between services', () => rpc.close());
  const { roomWriters, senders, notices: noticesReplicas, appservices: appservicesReplicas } = rpc;
  shutdown.onStop('room writers', () => roomWriters.channels.close());
  shutdown.onStop('senders', () => senders.channels.close());
  shutdown.onStop('channels to notices', () => noticesReplicas.channels.close());
  shutdown.onStop('channels to appservice-senders', () => appservicesReplicas.channels.close());
  const calls = new RpcTelemetry(shell.registry);
  const shardOwners = caches.open<string>({
    name: 'shard_owners',
    kind: 'followed',
    levels: 'process',
    codec: textCodec,
  });
  const roomWriter = calls.followed(routeRoomWriter(shell, { databases, deployment, roomWriters, shardOwners }));
  const accessTokens = caches.open<AccessRecord>({ name: 'access_tokens', kind: 'mutable', codec: accessRecordCodec });
  const accountSettings = caches.open<AccountSettings>({
    name: 'account_settings',
    kind: 'mutable',
    codec: accountSettingsCodec,
  });
  const profiles = caches.open<ProfileFields>({ name: 'profiles', kind: 'mutable', codec: profileCodec });
  const aliases = caches.open<RoomAlias>({ name: 'aliases', kind: 'mutable', codec: aliasCodec });
  const pushRules = caches.open<string>({ name: 'push_rules', kind: 'mutable', codec: textCodec });
  const stateNodes = caches.open<StateNode>({ name: 'state_nodes', kind: 'immutable', codec: stateNodeCodec });
  const roomPlaces = caches.open<RoomPlace>({ name: 'rooms', kind: 'mutable', codec: roomPlaceCodec });
  const deviceKeyCounts = caches.open<DeviceKeyCounts>({
    name: 'device_key_counts',
    kind: 'mutable',
    codec: deviceKeyCountsCodec,
  });
  const senderRouter = routeSenders(shell, databases, { ...senders, calls });
  const remoteServers = new RoutedRemoteServers(senderRouter);
  const remoteRooms = new RoutedRemoteRooms(senderRouter);
  const serverKeys = caches.open<StoredServerKey>({
    name: 'server_keys',
    kind: 'mutable',
    codec: storedServerKeyCodec,
  });
  const keyRing = new CachedKeyRing({
    cache: serverKeys,
    stored: new PostgresServerKeys(databases.accounts),
    fetcher: remoteServers,
    hosted: hostedServers,
    clock,
  });
  const reports = new RoutedReports(senderRouter);
  const federation = { senders, senderRouter, remoteServers, remoteRooms, reports, serverKeys, keyRing };
  const notices = routeNotices(shell, databases, { ...noticesReplicas, calls });
  const limiter = openRateLimiter(shell, databases, hostedServers);
  const opened = { databases, deployment, topics, caches, roomWriters, roomWriter, userStreams, limiter };
  return {
    ...opened,
    ...federation,
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
    usage: new UsageGate({
      activity: new PostgresUserActivity(databases.accounts),
      activeUsers: caches.open<true>({
        name: 'active_users',
        kind: 'immutable',
        codec: activeCodec,
        levels: 'process',
      }),
      limitOf: (serverName) => {
        const server = hostedServers.find(serverName);
        return server && usageLimitOf(config, server);
      },
      clock,
    }),
    accessTokens,
    stateNodes,
    roomPlaces,
    accountSettings,
    profiles,
    aliases,
    pushRules,
    deviceKeyCounts,
    openPolicies: policiesOpener(shell, databases),
  };
}

const textCodec: CacheCodec<string> = {
  encode: (text) => Buffer.from(text),
  decode: (bytes) => Buffer.from(bytes).toString(),
};

function routeRoomWriter(
  { clock, random }: Shell,
  {
    databases,
    deployment,
    roomWriters,
    shardOwners,
  }: Pick<Resources, 'databases' | 'deployment' | 'roomWriters'> & { readonly shardOwners: NamedCache<string> },
): RoomWriter {
  const routed = new RoutedRoomWriter({
    owners: new RememberedShardOwners(new PostgresShardOwnerReader(databases.rooms), shardOwners),
    channels: roomWriters.channels,
    shardOf: (roomId) => roomShardOf(roomId, deployment.roomShards),
    clock,
    random,
    traceparent: currentTraceparent,
  });
  return findTracing() === undefined ? routed : new TracedRoomWriter(routed);
}

interface Followed {
  readonly calls: RpcTelemetry;
}

function routeSenders(
  { clock }: Shell,
  databases: Databases,
  { channels, isLocal, calls }: Senders & Followed,
): SenderRouter {
  const senders = isLocal ? ALONE : new RememberedReplicas(new PostgresSenderReplicas(databases.accounts), clock);
  return new SenderRouter({
    senders,
    channels,
    clock,
    follow: (answer) => void calls.follow('federation-sender', answer),
  });
}

function routeNotices(
  { clock }: Shell,
  databases: Databases,
  { channels, isLocal, calls }: NoticesReplicas & Followed,
): Notices {
  const replicas = isLocal ? ALONE : new RememberedReplicas(new PostgresNoticesReplicas(databases.accounts), clock);
  const follow = (answer: Promise<unknown>): void => void calls.follow('notices', answer);
  return new RoutedNotices(new ReplicaRouter({ service: 'notices', replicas, channels, clock, follow }));
}

/** Of a process that has all services. */
const ALONE: LiveReplicas = { findAddresses: async () => [LOCAL_ADDRESS], forget: () => {} };

/** @NOTE Any replica asks any application service: those that own queues are those that are there. */
function routeAppservices(
  { clock }: Shell,
  { accounts }: Databases,
  { channels, isLocal, calls }: AppservicesReplicas & Followed,
): AppserviceRequests {
  const states = new PostgresAppserviceQueueStates(accounts);
  const replicas = isLocal ? ALONE : new RememberedReplicas({ findLive: () => states.listOwners() }, clock);
  const follow = (answer: Promise<unknown>): void => void calls.follow('appservice-sender', answer);
  return new RoutedAppservices({
    router: new ReplicaRouter({ service: 'appservice-sender', replicas, channels, clock, follow }),
    channels,
    clock,
    findOwner: (appserviceId) => states.findOwner(appserviceShardOf(appserviceId)),
  });
}

async function checkSchema({ config }: Shell): Promise<void> {
  const urls = databaseUrls(config);
  for (const area of ['rooms', 'accounts'] as const) {
    const fault = await findSchemaFault({ url: urls[area], tls: urls.tls, areas: [area] });
    if (fault !== undefined) throw new StartError(fault);
  }
}

async function checkDeployment({ config }: Shell, databases: Databases): Promise<Deployment> {
  const deployment = await readDeployment(databases.rooms);
  if (deployment.roomShards === config.room_shards) return deployment;
  throw new StartError(
    `room_shards is ${config.room_shards}, but the deployment was created with ${deployment.roomShards}: the number is fixed`,
  );
}
