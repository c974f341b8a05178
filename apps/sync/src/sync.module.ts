import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Resources } from '@plexus/service-adapters';
import { findServerName } from '@plexus/matrix-base';
import { roomShardOf } from '@plexus/storage';
import { setUpTopics } from '@plexus/service-adapters';
import { PRESENCE_EVENTS, ROOM_EPHEMERAL } from '@plexus/topics';
import { armFailpoints, Authenticator, isNoticesUser, requireProxyPolicy } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import {
  PostgresAccountEvents,
  PostgresAccountData,
  PostgresDeviceKeys,
  PostgresDeviceLists,
  PostgresFilters,
  PostgresForgottenRooms,
  PostgresRelationReader,
  PostgresPublishedRooms,
  PostgresJudgedUnread,
  PostgresPresenceStatuses,
  PostgresReceiptReader,
  PostgresRoomHistoryReader,
  PostgresRoomLogPositions,
  PostgresRoomReader,
  PostgresSessions,
  PostgresSyncedDevices,
  PostgresToDeviceInbox,
  PostgresUnreadReader,
  PostgresUserRoomReader,
  PostgresUserStreamReader,
  PostgresUsers,
} from '@plexus/storage-postgres';
import { SyncAnswerer } from './answer/answer-sync.ts';
import { FindFilter } from './answer/find-filter.ts';
import { ListKeyChanges } from './answer/list-key-changes.ts';
import type { SharedAnswersPorts } from './answer/shared-answers.ts';
import { SyncTokens } from './answer/sync-tokens.ts';
import { composeSync } from './compose-sync.ts';
import type { SyncParts } from './sync-parts.ts';
import { syncSettings } from './config.ts';
import { AnswerEvents } from './events/answer-events.ts';
import { FAILPOINTS } from './failpoints.ts';
import type { Failpoints } from './failpoints.ts';
import { consumeRoomEvents } from './in/room-events.consumer.ts';
import { consumePresenceEvents } from './in/presence-events.consumer.ts';
import { AnswerInitialSync } from './initial-sync/answer-initial-sync.ts';
import { GetPresence } from './presence/get-presence.ts';
import { SetPresence } from './presence/set-presence.ts';
import { consumeRoomEphemeral } from './in/room-ephemeral.consumer.ts';
import { SYNC_CONTROLLERS } from './in/controllers.ts';
import { consumeUserEvents } from './in/user-events.consumer.ts';
import { observeTokenUses } from './observe-token-uses.ts';
import { runInBackground } from './run-in-background.ts';
import type { SyncModulePorts } from './sync-ports.ts';
import { observeParts, SyncTelemetry } from './telemetry.ts';

@Module({})
export class SyncModule {
  /** The module over these ports; its log follows nothing until `follower.start()`. */
  static over(
    shell: Shell,
    ports: SyncModulePorts,
    failpoints?: Failpoints,
  ): { readonly module: DynamicModule; readonly parts: SyncParts } {
    const telemetry = new SyncTelemetry(shell.registry, shell.logger);
    const parts = composeSync(
      {
        ...ports,
        wantsMember: (userId) => ports.servers.isHosted(findServerName(userId) ?? ''),
        tracedRows: shell.tracedRows,
        answeredTraced: (arrival) => telemetry.answeredTraced(arrival),
        failed: (error) => telemetry.logFailed(error),
        ephemeralFailed: (error) => telemetry.ephemeralFailed(error),
        publishPresence: (record) => {
          ports.sendPresence(record).catch((error: unknown) => telemetry.ephemeralFailed(error));
        },
        draining: shell.shutdown.draining,
      },
      syncSettings(shell.config),
    );
    observeParts(shell.registry, parts);
    const providers = [
      { provide: SyncTelemetry, useValue: telemetry },
      { provide: SyncAnswerer, useValue: withFailpoints(parts.answerer, failpoints) },
      { provide: GetPresence, useValue: parts.getPresence },
      { provide: SyncTokens, useValue: parts.tokens },
      { provide: AnswerEvents, useValue: parts.answerEvents },
      { provide: AnswerInitialSync, useValue: parts.answerInitialSync },
      { provide: SetPresence, useValue: new SetPresence(parts.announce, ports.limiter) },
      { provide: ListKeyChanges, useValue: parts.listKeyChanges },
      { provide: FindFilter, useValue: new FindFilter(ports.filters, ports.filterCache) },
      {
        provide: Authenticator,
        useValue: new Authenticator(ports.sessions, ports.tokens, ports.servers, {
          clock: ports.clock,
          uses: ports.tokenUses,
          appservices: ports.appservices,
          appserviceBlocked: ports.appserviceBlocked,
          requested: ports.requested,
          usage: ports.usage,
          isNoticesUser: (userId) => isNoticesUser(shell.config, userId),
        }),
      },
    ];
    return { module: { module: SyncModule, controllers: SYNC_CONTROLLERS, providers }, parts };
  }

  /** The module as it runs: over the deployment's adapters, following `room.events`. */
  static async start(shell: Shell, resources: Resources): Promise<DynamicModule> {
    const failpoints = shell.config.laboratory.failpoints ? armFailpoints(shell, FAILPOINTS) : undefined;
    requireProxyPolicy(shell.config.listeners, resources.appservices.all());
    const { module, parts } = SyncModule.over(shell, openPorts(shell, resources), failpoints);
    const { follower, deviceLists } = parts;
    // Reading begins before the log is asked where it stands: no record falls between.
    const reader = consumeRoomEvents(resources.topics, follower, {
      failed: (error) => parts.failed(error),
      failpoints,
    });
    shell.shutdown.onStop('room.events of sync', () => reader.stop());
    followEphemeral(shell, resources, parts);
    const { streams, failed } = parts;
    const generation = (): number => resources.databases.gate.current();
    const hints = consumeUserEvents(resources.topics, { streams, deviceLists, generation, failed });
    shell.shutdown.onStop('user.events of sync', () => hints.stop());
    await Promise.all([follower.start(), deviceLists.start()]);
    resources.databases.gate.onRaised(() => {
      void follower.sweep();
      deviceLists.start().catch((error: unknown) => parts.failed(error));
    });
    shell.shutdown.onStop('backlogs of sync', () => parts.backlog.settled());
    shell.shutdown.onStop('room log of sync', runInBackground(parts, shell.clock));
    return module;
  }
}

/** What is not stored is followed as soon as its topics are there; nothing waits for that. */
function followEphemeral(
  { clock, shutdown }: Shell,
  { topics, deployment }: Resources,
  { typing, presence, ephemeralFailed: failed }: SyncParts,
): void {
  const stopping = new AbortController();
  const setups = [ROOM_EPHEMERAL, PRESENCE_EVENTS].map((topic) => ({ topic, partitions: deployment.roomShards }));
  const reading = setUpTopics(topics, setups, { clock, signal: stopping.signal, failed }).then(() =>
    stopping.signal.aborted
      ? []
      : [
          consumeRoomEphemeral(topics, { typing, presence, clock, failed }),
          consumePresenceEvents(topics, { presence, failed }),
        ],
  );
  shutdown.onStop('room.ephemeral of sync', async () => {
    stopping.abort();
    await Promise.all((await reading).map((reader) => reader.stop()));
  });
}

function withFailpoints(answerer: SyncAnswerer, failpoints: Failpoints | undefined): Pick<SyncAnswerer, 'answer'> {
  if (failpoints === undefined) return answerer;
  return {
    async answer(request) {
      await failpoints.reach('sync.accepted');
      const answer = await answerer.answer(request);
      await failpoints.reach('sync.before-reply');
      return answer;
    },
  };
}

/** One process has them in memory. */
function sharesAnswers({ config: { cache, caches } }: Shell): boolean {
  return cache.adapter === 'redis' && caches.sync_response_cache_duration > 0;
}

function openAnswers({ config }: Shell, caches: Resources['caches']): SharedAnswersPorts {
  const listeners: ((keys: readonly string[]) => void)[] = [];
  const cache = caches.open<string>({
    name: 'sync_answers',
    kind: 'immutable',
    codec: text,
    timeToLiveMs: config.caches.sync_response_cache_duration,
    weigh: (body) => Math.ceil(body.length / 1024),
    onTold: (keys) => {
      for (const listener of listeners) listener(keys);
    },
  });
  return { cache, onTold: (listener) => void listeners.push(listener) };
}

const text = {
  encode: (value: string) => Buffer.from(value),
  decode: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
};

function openPorts(shell: Shell, { databases, deployment, caches, ...resources }: Resources): SyncModulePorts {
  const { rooms, accounts } = databases;
  return {
    reader: new PostgresRoomReader(rooms, deployment.roomShards),
    relations: new PostgresRelationReader(rooms),
    positions: new PostgresRoomLogPositions(rooms),
    history: new PostgresRoomHistoryReader(rooms),
    receipts: new PostgresReceiptReader(rooms),
    presenceStatuses: new PostgresPresenceStatuses(accounts),
    judged: new PostgresJudgedUnread(accounts),
    unread: new PostgresUnreadReader(rooms),
    pushRules: resources.pushRules,
    userRooms: new PostgresUserRoomReader(accounts),
    forgotten: new PostgresForgottenRooms(accounts),
    users: new PostgresUsers(accounts),
    published: new PostgresPublishedRooms(accounts),
    userStreams: new PostgresUserStreamReader(accounts),
    accountData: new PostgresAccountData(accounts),
    inbox: new PostgresToDeviceInbox(accounts),
    sessions: new PostgresSessions(accounts),
    filters: new PostgresFilters(accounts),
    filterCache: caches.open<string>({ name: 'filters', kind: 'immutable', codec: text }),
    deviceLists: new PostgresDeviceLists(accounts),
    deviceKeys: new PostgresDeviceKeys(accounts),
    deviceKeyCounts: resources.deviceKeyCounts,
    stateNodes: resources.stateNodes,
    ...(sharesAnswers(shell) && { answers: openAnswers(shell, caches) }),
    tokens: resources.accessTokens,
    servers: resources.hostedServers,
    tokenUses: observeTokenUses(shell, {
      repository: new PostgresSyncedDevices(accounts),
      seenUsers: new PostgresAccountEvents(accounts),
      judged: new PostgresJudgedUnread(accounts),
    }),
    appservices: resources.appservices,
    appserviceBlocked: resources.appserviceBlocked,
    requested: (serverName) => resources.userRequests.add(serverName),
    usage: resources.usage,
    limiter: resources.limiter,
    async sendPresence(value) {
      const partition = roomShardOf(value.userId, deployment.roomShards);
      await resources.topics.producer.send(PRESENCE_EVENTS, partition, [{ key: value.userId, value }]);
    },
    commitsLost: () => databases.gate.commitsLost(),
    clock: shell.clock,
    bootId: Buffer.from(shell.random.bytes(4)).readUInt32LE(0),
  };
}
