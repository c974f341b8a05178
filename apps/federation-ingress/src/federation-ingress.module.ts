import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { unsharedCodec } from '@plexus/cache';
import type { ServerAcl } from '@plexus/room-dag';
import { PduChecker, VerificationThreads } from '@plexus/pdu-checks';
import { setUpTopics } from '@plexus/service-adapters';
import type { Resources } from '@plexus/service-adapters';
import { FederationPolicy, OutgoingQueues, PeerSightings } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import { roomShardOf } from '@plexus/storage';
import {
  PostgresAccountData,
  PostgresCrossSigning,
  PostgresDestinations,
  PostgresDeviceKeys,
  PostgresDeviceLists,
  PostgresEarlyReceipts,
  PostgresIncomingTransactions,
  PostgresOutgoingEdus,
  PostgresProfiles,
  PostgresPublishedRooms,
  PostgresRemoteDeviceLists,
  PostgresRoomAliases,
  PostgresRoomBlocks,
  PostgresRoomReader,
  PostgresServerKeys,
  PostgresShortLivedTokens,
  PostgresUserKeyVersions,
  PostgresUserRoomReader,
  PostgresUsers,
} from '@plexus/storage-postgres';
import { destinationShardOf, FEDERATION_PDUS, PRESENCE_EVENTS, ROOM_EPHEMERAL } from '@plexus/topics';
import { StoredUserKeys } from '@plexus/user-keys';
import { StoredAccountSettings, StoredAliases, StoredProfiles } from '@plexus/user-streams';
import { composeFederationIngress, FEDERATION_CONTROLLERS } from './compose-federation-ingress.ts';
import type { FederationIngressConfig } from './config.ts';
import { verificationThreads } from './config.ts';
import type { FederationIngressPorts } from './federation-ingress-ports.ts';
import { TopicEphemeralRecords } from './out/topic-ephemeral-records.ts';
import { FederationTelemetry } from './telemetry.ts';
import { RoomOwners } from './membership/room-owners.ts';
import { EarlyReceipts } from './transactions/early-receipts.ts';
import { forgetTransactionsUntil } from './transactions/forget-transactions.ts';

/** How long an ACL is remembered: what is redacted has to be seen. */
const ACL_FRESHNESS_MS = 1_000;

@Module({})
export class FederationIngressModule {
  /** The module over these ports; nothing runs in the background. */
  static over(
    config: FederationIngressConfig,
    ports: FederationIngressPorts,
    telemetry: FederationTelemetry,
  ): DynamicModule {
    const providers = composeFederationIngress(config, ports, telemetry);
    return { module: FederationIngressModule, controllers: FEDERATION_CONTROLLERS, providers };
  }

  /** The module as it runs: over the deployment's adapters. */
  static async start(shell: Shell, resources: Resources): Promise<DynamicModule> {
    const telemetry = new FederationTelemetry(shell.registry, shell.logger, shell.config.metrics.hosted_servers);
    const threads = new VerificationThreads(verificationThreads());
    shell.shutdown.onStop('threads that check signatures', () => threads.stop());
    const stopping = new AbortController();
    const ports = openPorts(shell, resources, { telemetry, threads, stopping: stopping.signal });
    runInBackground(shell, resources, { ports, telemetry, stopping });
    return FederationIngressModule.over(shell.config, ports, telemetry);
  }
}

/** Topics are set up by whoever writes them, whenever they can be reached; what is long past is cleared away. */
function runInBackground(
  { clock, shutdown }: Shell,
  { topics, deployment }: Resources,
  {
    ports,
    telemetry,
    stopping,
  }: {
    readonly ports: FederationIngressPorts;
    readonly telemetry: FederationTelemetry;
    readonly stopping: AbortController;
  },
): void {
  const { signal } = stopping;
  const setups = [FEDERATION_PDUS, ROOM_EPHEMERAL, PRESENCE_EVENTS].map((topic) => ({
    topic,
    partitions: deployment.roomShards,
  }));
  const failed = (error: unknown): void => telemetry.ephemeralFailed('all', error);
  const running = Promise.all([
    setUpTopics(topics, setups, { clock, signal, failed }),
    forgetTransactionsUntil(signal, {
      transactions: ports.transactions,
      clock,
      failed: (error) => telemetry.upkeepFailed(error),
    }),
    ports.earlyReceipts.takeOverUntil(signal),
  ]);
  shutdown.onStop('upkeep of federation-ingress', async () => {
    stopping.abort();
    await running;
  });
}

/** Has servers tried again that show a sign of life. */
function watchPeers(
  { clock }: Shell,
  { databases: { accounts }, topics }: Resources,
  telemetry: FederationTelemetry,
): PeerSightings {
  const failed = (error: unknown): void => telemetry.upkeepFailed(error);
  const edus = new PostgresOutgoingEdus(accounts, destinationShardOf);
  const queues = new OutgoingQueues({ edus, producer: topics.producer, failed });
  return new PeerSightings({ destinations: new PostgresDestinations(accounts), queues, clock, failed });
}

interface Parts {
  readonly telemetry: FederationTelemetry;
  readonly threads: VerificationThreads;
  readonly stopping: AbortSignal;
}

function openPorts(
  shell: Shell,
  resources: Resources,
  { telemetry, threads, stopping }: Parts,
): FederationIngressPorts {
  const { rooms, accounts } = resources.databases;
  const { roomShards } = resources.deployment;
  const { keyRing, hostedServers: servers, topics, userStreams, caches } = resources;
  const { clock } = shell;
  const shardOf = (id: string): number => roomShardOf(id, roomShards);
  return {
    servers,
    policy: new FederationPolicy(servers, shell.config.federation),
    sightings: watchPeers(shell, resources, telemetry),
    keyRing,
    keyFetcher: resources.remoteServers,
    remoteServers: resources.remoteServers,
    remoteRooms: resources.remoteRooms,
    serverKeys: new PostgresServerKeys(accounts),
    checker: new PduChecker({ keys: keyRing, threads, clock }),
    rooms: new PostgresRoomReader(rooms, roomShards),
    stateNodes: resources.stateNodes,
    acls: caches.open<ServerAcl>({
      name: 'get_server_acl_for_room',
      kind: 'immutable',
      levels: 'process',
      timeToLiveMs: ACL_FRESHNESS_MS,
      codec: unsharedCodec(),
    }),
    writer: resources.roomWriter,
    producer: topics.producer,
    transactions: new PostgresIncomingTransactions(accounts),
    earlyReceipts: new EarlyReceipts({
      owners: new RoomOwners(resources.roomWriter),
      stored: new PostgresEarlyReceipts(accounts),
      clock,
      signal: stopping,
      failed: (error) => telemetry.earlyReceiptFailed(error),
    }),
    records: new TopicEphemeralRecords({
      producer: topics.producer,
      shardOf,
      failed: (topic, error) => telemetry.ephemeralFailed(topic, error),
    }),
    userStreams,
    users: new PostgresUsers(accounts),
    userRooms: new PostgresUserRoomReader(accounts),
    settings: new StoredAccountSettings(new PostgresAccountData(accounts), resources.accountSettings),
    blocks: new PostgresRoomBlocks(rooms, roomShards),
    limiter: resources.limiter,
    profiles: new StoredProfiles({ profiles: new PostgresProfiles(accounts), cache: resources.profiles, servers }),
    aliases: new StoredAliases(new PostgresRoomAliases(accounts), resources.aliases),
    appservices: { registry: resources.appservices, requests: resources.appserviceRequests },
    published: new PostgresPublishedRooms(accounts),
    shortLived: new PostgresShortLivedTokens(accounts),
    deviceKeys: new PostgresDeviceKeys(accounts),
    deviceVersions: new PostgresDeviceLists(accounts),
    deviceLists: new PostgresRemoteDeviceLists(accounts),
    storedKeys: openStoredKeys(resources),
    keyCounts: resources.deviceKeyCounts,
    clock,
    stopping,
    shardOf,
  };
}

function openStoredKeys({ databases: { accounts, gate }, deviceKeys: cache }: Resources): StoredUserKeys {
  return new StoredUserKeys({
    versions: new PostgresUserKeyVersions(accounts),
    deviceKeys: new PostgresDeviceKeys(accounts),
    crossSigning: new PostgresCrossSigning(accounts),
    generation: () => gate.current(),
    cache,
  });
}
