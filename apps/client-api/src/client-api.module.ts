import { startAdminJobs } from './admin-ports.module.ts';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { setUpTopics } from '@plexus/service-adapters';
import type { Resources } from '@plexus/service-adapters';
import { DESTINATION_SHARDS, destinationShardOf, FEDERATION_OUTBOUND, ROOM_EPHEMERAL } from '@plexus/topics';
import {
  armFailpoints,
  DeviceSightings,
  FederationPolicy,
  isNoticesUser,
  OutgoingQueues,
  readGauge,
  single,
} from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import { roomShardOf } from '@plexus/storage';
import type { NoticeRoomReader } from '@plexus/storage';
import type { PostgresDatabase, PostgresPolicies } from '@plexus/storage-postgres';
import {
  PostgresAccountEvents,
  PostgresAuthSessions,
  PostgresConsentKeys,
  PostgresConsents,
  PostgresCrossSigning,
  PostgresAccountData,
  PostgresDeadLetters,
  PostgresGivenUpPdus,
  PostgresDehydratedDevices,
  PostgresDeviceKeys,
  PostgresDevices,
  PostgresEmailValidations,
  PostgresExpiredRows,
  PostgresFilters,
  PostgresForgottenRooms,
  PostgresPublishedRooms,
  PostgresKeyBackups,
  PostgresNoticeDeliveries,
  PostgresNoticeRooms,
  PostgresOutgoingEdus,
  PostgresRedactedCopies,
  PostgresRelationReader,
  PostgresRegistrationTokens,
  PostgresHierarchyPages,
  PostgresProfilePropagations,
  PostgresGuestMemberships,
  PostgresUserDirectory,
  PostgresUserKeyVersions,
  PostgresRemovedRoomReader,
  PostgresReports,
  PostgresRemoteDeviceLists,
  PostgresRoomCreations,
  PostgresRoomGaps,
  PostgresRoomReader,
  PostgresSearchReader,
  PostgresServerUse,
  PostgresSessions,
  PostgresStoredQueues,
  PostgresShortLivedTokens,
  PostgresThreepids,
  PostgresToDeviceInbox,
  PostgresUserRoomReader,
  PostgresUserStreamReader,
} from '@plexus/storage-postgres';
import { startAccountJobs } from './accounts/start-account-jobs.ts';
import { startAppserviceJobs } from './appservices/start-appservice-jobs.ts';
import { StoredUserKeys } from '@plexus/user-keys';
import { StoredAccountSettings } from '@plexus/user-streams';
import type { ClientApiPorts } from './client-api-ports.ts';
import { composeClientApi, CONTROLLERS } from './compose-client-api.ts';
import { configuredServers, passwordCost, quotaRules, registrationPaths, smtpRelay } from './config.ts';
import { configuredPolicies } from './consent/configured-policies.ts';
import { FAILPOINTS } from './failpoints.ts';
import { Argon2PasswordHasher } from './out/argon2-password-hasher.ts';
import { RegistrationFiles } from './out/registration-files.ts';
import { SmtpMailer } from './out/smtp-mailer.ts';
import { MailError } from './threepids/mailer.ts';
import type { Mailer } from './threepids/mailer.ts';
import { TopicEphemeralPublisher } from './out/topic-ephemeral-publisher.ts';
import { openAnnounced } from './open-announced.module.ts';
import { startNoticesUsers } from './notices/start-notices-users.ts';
import { givenCodec, RequireConsent } from './consent/require-consent.ts';
import { SeedPolicies } from './consent/seed-policies.ts';
import { startAccountEvents } from './consent/start-account-events.ts';
import { startProfileJobs } from './profiles/start-profile-jobs.ts';
import { WakeUp } from './profiles/wake-up.ts';
import { QuotaBoard } from './quotas/quota-board.ts';
import { SeedServers } from './servers/seed-servers.ts';
import { startServerRemovals } from './servers/start-server-removals.ts';
import { forgetTransactionsUntil } from './to-device/forget-transactions.ts';
import { StoredQueueTelemetry } from './stored-queue-telemetry.ts';
import { createTelemetry } from './telemetry.ts';
import type { Telemetry } from './telemetry.ts';
import { withFailpoints } from './with-failpoints.ts';

@Module({})
export class ClientApiModule {
  /** The module over these ports; nothing runs in the background. */
  static over(config: Parameters<typeof composeClientApi>[0], ports: ClientApiPorts): DynamicModule {
    return { module: ClientApiModule, controllers: CONTROLLERS, providers: composeClientApi(config, ports) };
  }

  /** The module as it runs: over the deployment's adapters, with the servers of the configuration and the jobs of the background. */
  static async start(shell: Shell, resources: Resources): Promise<DynamicModule> {
    const telemetry = createTelemetry(shell.registry, shell.logger);
    const policies = await resources.openPolicies();
    const opened = { ...openPorts(shell, resources, { telemetry, policies }), mailer: await openMailer(shell) };
    const isArmed = shell.config.laboratory.failpoints;
    const ports = isArmed ? { ...opened, ...withFailpoints(opened, armFailpoints(shell, FAILPOINTS)) } : opened;
    const seed = new SeedServers(ports.servers, ports.random, shell.clock);
    telemetry.serversDropped(await seed.execute(configuredServers(shell.config)));
    const seedPolicies = new SeedPolicies(policies, shell.clock);
    telemetry.policiesKept(await seedPolicies.execute(configuredPolicies(shell.config)));
    await startAppserviceJobs(shell, ports, {
      files: new RegistrationFiles(registrationPaths(shell.config)),
      telemetry,
    });
    const stopping = new AbortController();
    void setUpEphemeralTopics(shell, resources, { telemetry, signal: stopping.signal });
    const forgetting = forgetTransactionsUntil(stopping.signal, {
      inbox: new PostgresToDeviceInbox(resources.databases.accounts),
      clock: shell.clock,
      failed: (error) => telemetry.upkeepFailed(error),
    });
    shell.shutdown.onStop('transactions of devices', async () => {
      stopping.abort();
      await forgetting;
    });
    startServerRemovals(shell, ports, telemetry);
    new StoredQueueTelemetry(new PostgresStoredQueues(resources.databases), shell).watch(shell.registry);
    startProfileJobs(shell, ports, telemetry);
    startAdminJobs(shell, ports);
    startNoticesUsers(shell, ports, telemetry);
    const { topics, databases } = resources;
    startAccountEvents(shell, { topics, gate: databases.gate }, new PostgresAccountEvents(databases.accounts));
    startAccountJobs(shell, ports, { telemetry, expired: new PostgresExpiredRows(resources.databases.accounts) });
    return ClientApiModule.over(shell.config, ports);
  }
}

/** What lies in Kafka is set up by those who write it, whenever Kafka can be reached. */
async function setUpEphemeralTopics(
  { clock }: Shell,
  { topics, deployment }: Resources,
  { telemetry, signal }: { readonly telemetry: Telemetry; readonly signal: AbortSignal },
): Promise<void> {
  const setups = [
    { topic: ROOM_EPHEMERAL, partitions: deployment.roomShards },
    { topic: FEDERATION_OUTBOUND, partitions: DESTINATION_SHARDS },
  ];
  const failed = (error: unknown): void => telemetry.ephemeralFailed('all', error);
  await setUpTopics(topics, setups, { clock, signal, failed });
}

function openPorts(
  shell: Shell,
  resources: Resources,
  { telemetry, policies }: { readonly telemetry: Telemetry; readonly policies: PostgresPolicies },
): Omit<ClientApiPorts, 'mailer'> {
  const { rooms, accounts } = resources.databases;
  const hasNotices = shell.config.server_notices.system_mxid_localpart !== undefined;
  const noticeRooms = hasNotices ? new PostgresNoticeRooms(accounts) : { findRoom: async () => undefined };
  return {
    ...openAnnounced(resources),
    tokens: resources.accessTokens,
    stateNodes: resources.stateNodes,
    writer: resources.roomWriter,
    notices: resources.notices,
    noticeRooms,
    sentNotices: new PostgresNoticeDeliveries(accounts),
    isNoticesUser: (userId) => isNoticesUser(shell.config, userId),
    aclDenies: (denial) => telemetry.aclDenies(denial),
    remoteServers: resources.remoteServers,
    remoteRooms: resources.remoteRooms,
    extremities: new PostgresRoomGaps(rooms),
    ephemeral: new TopicEphemeralPublisher({
      producer: resources.topics.producer,
      shardOf: (id) => roomShardOf(id, resources.deployment.roomShards),
      failed: (topic, error) => telemetry.ephemeralFailed(topic, error),
    }),
    outgoing: new OutgoingQueues({
      edus: new PostgresOutgoingEdus(accounts, destinationShardOf),
      producer: resources.topics.producer,
      failed: (error) => telemetry.ephemeralFailed(FEDERATION_OUTBOUND.name, error),
    }),
    policy: new FederationPolicy(resources.hostedServers, shell.config.federation),
    userStreams: resources.userStreams,
    accountData: new PostgresAccountData(accounts),
    settings: new StoredAccountSettings(new PostgresAccountData(accounts), resources.accountSettings),
    accountSettings: resources.accountSettings,
    pushRules: resources.pushRules,
    sessions: new PostgresSessions(accounts),
    devices: new PostgresDevices(accounts),
    authSessions: new PostgresAuthSessions(accounts),
    registrationTokens: new PostgresRegistrationTokens(accounts),
    shortLived: new PostgresShortLivedTokens(accounts),
    threepids: new PostgresThreepids(accounts),
    validations: new PostgresEmailValidations(accounts),
    filters: new PostgresFilters(accounts),
    creations: new PostgresRoomCreations(accounts),
    published: new PostgresPublishedRooms(accounts),
    forgotten: new PostgresForgottenRooms(accounts),
    reports: new PostgresReports(accounts),
    propagations: new PostgresProfilePropagations(accounts),
    profileChanges: new WakeUp(),
    pages: new PostgresHierarchyPages(accounts),
    userDirectory: new PostgresUserDirectory(accounts),
    guests: new PostgresGuestMemberships(accounts),
    removedRooms: new PostgresRemovedRoomReader(rooms),
    servers: resources.hostedServers,
    rooms: new PostgresRoomReader(rooms, resources.deployment.roomShards),
    positions: { readGeneration: async () => resources.databases.gate.current() },
    relations: new PostgresRelationReader(rooms),
    search: new PostgresSearchReader(rooms),
    userRooms: new PostgresUserRoomReader(accounts),
    deadLetters: new PostgresDeadLetters(rooms),
    givenUp: new PostgresGivenUpPdus(rooms),
    redactedCopies: new PostgresRedactedCopies(rooms),
    keys: openKeyPorts(resources),
    passwords: new Argon2PasswordHasher(passwordCost(shell.config)),
    limiter: resources.limiter,
    quotas: followQuotas(shell, resources),
    usage: resources.usage,
    watchSlots: (slots) =>
      readGauge(shell.registry, {
        name: 'plexus_client_requests_waiting',
        help: 'Requests that wait for the turn of their hosted server.',
        read: single(() => slots.size.waiting),
      }),
    ...openConsent(shell, resources, { policies, noticeRooms }),
    sightings: observeDevices(shell, accounts),
    clock: shell.clock,
    random: shell.random,
    appservices: {
      registry: resources.appservices,
      repository: resources.appserviceRepository,
      requests: resources.appserviceRequests,
      blocked: resources.appserviceBlocked,
    },
    requested: (serverName) => resources.userRequests.add(serverName),
  };
}

/** Looks in the background which hosted servers have used up what they may use. */
function followQuotas(
  { config, clock, logger, registry, shutdown }: Shell,
  { databases, hostedServers: servers }: Resources,
): QuotaBoard {
  const board = new QuotaBoard({ servers, use: new PostgresServerUse(databases.accounts) }, quotaRules(config));
  readGauge(registry, {
    name: 'plexus_exceeded_quotas',
    help: 'Hosted servers that have used up what they may use, by quota; without accounts.',
    labels: ['quota'],
    read: () => [...board.countExceeded()].map(([quota, count]) => [{ quota }, count] as const),
  });
  const stopping = new AbortController();
  const failed = (error: unknown): void => logger.warn('The use of hosted servers cannot be read', { err: error });
  const following = board.refreshUntil(stopping.signal, { clock, failed });
  shutdown.onStop('quotas', async () => {
    stopping.abort();
    await following;
  });
  return board;
}

function openConsent(
  { clock }: Shell,
  { databases: { accounts }, caches, hostedServers: servers }: Resources,
  { policies, noticeRooms }: { readonly policies: PostgresPolicies; readonly noticeRooms: NoticeRoomReader },
): Pick<ClientApiPorts, 'policies' | 'consents' | 'requireConsent'> {
  const consents = new PostgresConsents(accounts);
  const givenConsents = caches.open<true>({ name: 'consent', kind: 'immutable', codec: givenCodec, levels: 'process' });
  const requireConsent = new RequireConsent({
    policies,
    consents,
    givenConsents,
    consentKeys: new PostgresConsentKeys(accounts),
    servers,
    noticeRooms,
    clock,
  });
  return { policies, consents, requireConsent };
}

function openKeyPorts({ databases, deviceKeyCounts, userStreams, ...caches }: Resources): ClientApiPorts['keys'] {
  const { accounts, gate } = databases;
  const deviceKeys = new PostgresDeviceKeys(accounts);
  const crossSigning = new PostgresCrossSigning(accounts);
  const versions = new PostgresUserKeyVersions(accounts);
  const generation = (): number => gate.current();
  return {
    deviceKeys,
    deviceLists: userStreams,
    remoteLists: new PostgresRemoteDeviceLists(accounts),
    crossSigning,
    stored: new StoredUserKeys({ versions, deviceKeys, crossSigning, generation, cache: caches.deviceKeys }),
    dehydrated: new PostgresDehydratedDevices(accounts),
    inbox: new PostgresToDeviceInbox(accounts),
    streams: new PostgresUserStreamReader(accounts),
    backups: new PostgresKeyBackups(accounts),
    keyCounts: deviceKeyCounts,
  };
}

/** Stores in the background which devices make requests. */
function observeDevices({ clock, logger, shutdown }: Shell, accounts: PostgresDatabase): DeviceSightings {
  const failed = (error: unknown) => logger.warn('Sightings of devices could not be stored', { err: error });
  const seenUsers = new PostgresAccountEvents(accounts);
  const sightings = new DeviceSightings(new PostgresDevices(accounts), { seenUsers, clock, failed });
  const stopping = new AbortController();
  const storing = sightings.runUntil(stopping.signal);
  shutdown.onStop('device sightings of client-api', async () => {
    stopping.abort();
    await storing;
  });
  return sightings;
}

async function openMailer({ config, shutdown }: Shell): Promise<Mailer> {
  const relay = smtpRelay(config);
  if (relay === undefined) return { send: () => Promise.reject(new MailError('There is no mail relay')) };
  const mailer = await SmtpMailer.open(relay);
  shutdown.onStop('mail relay', () => mailer.close());
  return mailer;
}
