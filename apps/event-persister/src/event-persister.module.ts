import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Resources } from '@plexus/service-adapters';
import { AskPolicyServer } from '@plexus/pdu-checks';
import { RedactionReader, StateReader } from '@plexus/room-view';
import { armFailpoints } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import {
  PostgresLogBackfill,
  PostgresLogTrimming,
  PostgresRemoteMemberProjection,
  PostgresRoomHousekeeping,
  PostgresRoomOwnerReader,
  PostgresRoomStateLister,
  PostgresRoomSummaryProjection,
  PostgresRoomTransactor,
  PostgresSearchIndex,
  PostgresStagedEvents,
  PostgresUserRoomProjection,
  PostgresUserRoomReader,
} from '@plexus/storage-postgres';
import { protectionsOf } from './config.ts';
import { EventPersister } from './event-persister.ts';
import { FAILPOINTS } from './failpoints.ts';
import type { Failpoints } from './failpoints.ts';
import { FillInLog } from './housekeeping/fill-in-log.ts';
import { Housekeeper } from './housekeeping/housekeeper.ts';
import { InboundTrim } from './housekeeping/inbound-trim.ts';
import { FreeShards } from './in/free-shards.ts';
import { InboundGroup } from './in/inbound-group.ts';
import { TopicKeeper } from './in/topic-keeper.ts';
import { AskSuccessors } from './out/ask-successors.ts';
import { WorkerStateResolver } from './pdus/worker-state-resolver.ts';
import { FollowMembers } from './remote-members/follow-members.ts';
import { ReadSearchChanges } from './searching/read-search-changes.ts';
import { NO_SEARCH, SearchIndexer } from './searching/search-indexer.ts';
import type { SearchFollower } from './searching/search-indexer.ts';
import { Telemetry } from './telemetry.ts';

/**
 * A new process is not ready before it owns shards, so that whoever replaces processes one by one does not end all owners before another is
 * there. Where the group cannot assign any for so long (Kafka is away), it would wait in vain.
 */
const FIRST_SHARDS_WITHIN_MS = 10_000;

@Module({})
export class EventPersisterModule {
  /** The persister over the deployment's adapters. It has no HTTP of its own. */
  static async start(shell: Shell, resources: Resources): Promise<DynamicModule> {
    const { shutdown, clock, readiness } = shell;
    const { deployment, roomWriters, topics, databases } = resources;
    const telemetry = new Telemetry(shell.registry, shell.logger, {
      isHosted: (serverName) => resources.hostedServers.isHosted(serverName),
      hostedServers: shell.config.metrics.hosted_servers,
      use: shell.use,
      tracedRows: shell.tracedRows,
    });
    const persister = composePersister(shell, resources, telemetry);
    telemetry.watch(persister, { now: () => clock.now(), roomShards: deployment.roomShards });
    const served = await roomWriters.serve(persister.handler);
    shutdown.onStop('room writer', () => served.stop());
    shutdown.onStop('event persister', () => persister.stop());
    const rooms = new PostgresRoomOwnerReader(databases.rooms, deployment.roomShards);
    const group = new InboundGroup(persister, {
      topics,
      clock,
      rooms,
      keeper: new TopicKeeper({
        topics,
        clock,
        roomShards: deployment.roomShards,
        failed: (doing, error) => telemetry.failed(doing, error),
      }),
      address: served.address,
      successors: new AskSuccessors({
        rooms,
        channels: roomWriters.channels,
        address: served.address,
        roomShards: deployment.roomShards,
        failed: (error) => telemetry.failed('hand shards over', error),
      }),
    });
    shutdown.onStop('inbound group', () => group.stop());
    const freeShards = new FreeShards({
      rooms,
      clock,
      roomShards: deployment.roomShards,
      take: (shards) => persister.takeFree(shards),
      failed: (doing, error) => telemetry.failed(doing, error),
    });
    shutdown.onStop('free shards', () => freeShards.stop());
    persister.start(served.address, (shard) => group.fenced(shard));
    databases.gate.onRaised(() => persister.leaveGeneration());
    group.join();
    freeShards.start();
    keepHouse(shell, resources, { persister, telemetry });
    readiness.add('event-persister', async () => (persister.isStopped ? 'stopped' : undefined));
    const patientUntil = clock.now() + FIRST_SHARDS_WITHIN_MS;
    readiness.add('first room shards', async () =>
      persister.hasOwned || clock.now() > patientUntil ? undefined : 'none is assigned yet',
    );
    return { module: EventPersisterModule };
  }
}

function keepHouse(
  { clock, shutdown }: Shell,
  { databases, deployment, topics, stateNodes, hostedServers }: Resources,
  { persister, telemetry }: { readonly persister: EventPersister; readonly telemetry: Telemetry },
): void {
  const rooms = new PostgresRoomOwnerReader(databases.rooms, deployment.roomShards);
  const states = new StateReader(rooms, stateNodes);
  const backfill = new PostgresLogBackfill(databases.rooms);
  const fillInLog = new FillInLog({ backfill, rooms, states, servers: hostedServers });
  const inboundTrim = new InboundTrim(topics);
  const housekeeper = new Housekeeper({
    housekeeping: new PostgresRoomHousekeeping(databases.rooms),
    trimming: new PostgresLogTrimming(databases.rooms),
    rooms,
    projection: new PostgresUserRoomProjection(databases.accounts),
    summaries: new PostgresRoomSummaryProjection(databases.accounts),
    remoteMembers: new PostgresRemoteMemberProjection(databases.accounts),
    shards: persister.shards,
    clock,
    fillIn: (owned) => fillInLog.execute(owned),
    trimInbound: (owned) => inboundTrim.trim(owned),
    giveUpImport: (abandoned) => persister.giveUpImport(abandoned),
    lookAgain: (shard) => persister.lookAgain(shard),
    removed: (what, count) => telemetry.removed(what, count),
    extremitiesCounted: (shard, rooms) => telemetry.extremitiesCounted(shard, rooms),
    failed: (doing, error) => telemetry.failed(doing, error),
  });
  housekeeper.start();
  shutdown.onStop('housekeeper', () => housekeeper.stop());
}

function composePersister(
  shell: Shell,
  { databases, deployment, topics, hostedServers, stateNodes, roomPlaces, remoteServers: servers }: Resources,
  telemetry: Telemetry,
): EventPersister {
  const { rooms, accounts } = databases;
  const failpoints: Failpoints = armFailpoints(shell, FAILPOINTS);
  const isArmed = shell.config.laboratory.failpoints;
  const protections = protectionsOf(shell.config);
  const reader = new PostgresRoomOwnerReader(rooms, deployment.roomShards);
  const resolver = new WorkerStateResolver(reader, (cost) => telemetry.resolutions.resolved(cost));
  shell.shutdown.onStop('state resolver', () => resolver.stop());
  return new EventPersister(
    {
      transactor: new PostgresRoomTransactor(rooms, {
        isFenced: protections.epoch,
        ...(isArmed && { insideTransaction: () => failpoints.reach('persister.inside-transaction') }),
      }),
      roomPlaces,
      rooms: reader,
      userRooms: new PostgresUserRoomReader(accounts),
      staged: new PostgresStagedEvents(rooms),
      projection: new PostgresUserRoomProjection(accounts),
      summaries: new PostgresRoomSummaryProjection(accounts),
      servers: hostedServers,
      producer: topics.producer,
      resolver: telemetry.resolutions.timed(resolver),
      policy: new AskPolicyServer({
        servers,
        clock: shell.clock,
        asked: (outcome) => telemetry.policyServerAsked(outcome),
      }),
      search: openSearch(shell, { databases, reader, stateNodes }, telemetry),
      members: followMembers(shell, { databases, reader, stateNodes, hostedServers }, telemetry),
      clock: shell.clock,
      random: shell.random,
      failpoints,
      observer: telemetry,
      commitsLost: () => databases.gate.commitsLost(),
    },
    { roomShards: deployment.roomShards, protections },
  );
}

function openSearch(
  { config, clock }: Shell,
  {
    databases,
    reader,
    stateNodes,
  }: Pick<Resources, 'databases' | 'stateNodes'> & { readonly reader: PostgresRoomOwnerReader },
  telemetry: Telemetry,
): SearchFollower {
  if (!config.search.enabled) return NO_SEARCH;
  const redactions = new RedactionReader(reader, new StateReader(reader, stateNodes));
  return new SearchIndexer(
    {
      index: new PostgresSearchIndex(databases.rooms),
      changes: new ReadSearchChanges(reader, redactions),
      clock,
      failed: (error) => telemetry.failed('fill the search index', error),
    },
    { language: config.search.language },
  );
}

function followMembers(
  { clock }: Shell,
  {
    databases,
    reader,
    stateNodes,
    hostedServers,
  }: Pick<Resources, 'databases' | 'stateNodes' | 'hostedServers'> & { readonly reader: PostgresRoomOwnerReader },
  telemetry: Telemetry,
): FollowMembers {
  return new FollowMembers({
    projection: new PostgresRemoteMemberProjection(databases.accounts),
    states: new PostgresRoomStateLister(databases.rooms),
    rooms: reader,
    redactions: new RedactionReader(reader, new StateReader(reader, stateNodes)),
    servers: hostedServers,
    clock,
    failed: (error) => telemetry.failed('store members of other servers', error),
  });
}
