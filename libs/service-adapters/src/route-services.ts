import type { NamedCache } from '@plexus/cache';
import { ReplicaRouter, RoutedAppservices, RoutedNotices, RoutedRoomWriter, SenderRouter } from '@plexus/rpc';
import type { AppserviceRequests, LiveReplicas, Notices, RoomWriter } from '@plexus/rpc';
import { currentTraceparent, findTracing } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import { roomShardOf } from '@plexus/storage';
import {
  PostgresAppserviceQueueStates,
  PostgresNoticesReplicas,
  PostgresSenderReplicas,
  PostgresShardOwnerReader,
} from '@plexus/storage-postgres';
import type { Deployment } from '@plexus/storage-postgres';
import { appserviceShardOf } from '@plexus/topics';
import type { Databases } from './open-databases.ts';
import { LOCAL_ADDRESS } from './open-rpc.ts';
import type { AppservicesReplicas, NoticesReplicas, RoomWriters, Senders } from './open-rpc.ts';
import { RememberedReplicas } from './remembered-replicas.ts';
import { RememberedShardOwners } from './remembered-shard-owners.ts';
import type { RpcTelemetry } from './report-rpc.ts';
import { TracedRoomWriter } from './tracing/traced-room-writer.ts';

export interface RoomWriterParts {
  readonly databases: Databases;
  readonly deployment: Deployment;
  readonly roomWriters: RoomWriters;
  readonly shardOwners: NamedCache<string>;
}

/** The way into rooms, whoever owns them. */
export function routeRoomWriter(
  { clock, random }: Shell,
  { databases, deployment, roomWriters, shardOwners }: RoomWriterParts,
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

/** Who counts calls. */
interface Followed {
  readonly calls: RpcTelemetry;
}

export function routeSenders(
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

export function routeNotices(
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
export function routeAppservices(
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
