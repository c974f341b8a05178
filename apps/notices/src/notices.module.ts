import { DEFAULT_CACHE_FACTORS } from '@plexus/cache';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { RedactionReader, RoomState, StateReader } from '@plexus/room-view';
import { REPLICA_STALE_MS } from '@plexus/service-adapters';
import type { Resources } from '@plexus/service-adapters';
import { armFailpoints, GiveSignsOfLife } from '@plexus/service-shell';
import type { Shell } from '@plexus/service-shell';
import {
  PostgresBroadcasts,
  PostgresConsentKeys,
  PostgresConsents,
  PostgresGoneNotices,
  PostgresNoticeChecks,
  PostgresNoticeDeliveries,
  PostgresNoticeRooms,
  PostgresNoticeRounds,
  PostgresNoticesReplicas,
  PostgresRoomReader,
  PostgresUsageCounts,
  PostgresUserRoomReader,
  PostgresUsers,
} from '@plexus/storage-postgres';
import { followAccounts } from './account-events.module.ts';
import { composeNotices } from './compose-notices.ts';
import { isOn } from './config.ts';
import { FAILPOINTS } from './failpoints.ts';
import type { NoticesPorts } from './notices-ports.ts';
import { startBackground } from './start-background.ts';
import type { ReportingProcess } from './statistics/build-report.ts';
import { NoticesTelemetry } from './telemetry.ts';

@Module({})
export class NoticesModule {
  /** What hosted servers tell their users, over the deployment's adapters. It has no HTTP of its own. */
  static async start(shell: Shell, resources: Resources): Promise<DynamicModule> {
    const telemetry = new NoticesTelemetry(shell.registry, shell.logger);
    const ports = await openPorts(shell, resources);
    const describeProcess = processDescription(shell, ports);
    const notices = composeNotices(shell.config, ports, { telemetry, describeProcess });
    const served = await resources.noticesReplicas.serve(notices.endpoint);
    shell.shutdown.onStop('notices endpoint', () => served.stop());
    if (!resources.noticesReplicas.isLocal) await giveSignsOfLife(shell, resources, { ...served, telemetry });
    startBackground(shell, notices, { ports, telemetry });
    if (isOn(shell.config)) followAccounts(shell, resources, { runChecks: notices.runChecks, ports, telemetry });
    return { module: NoticesModule };
  }
}

async function openPorts(shell: Shell, resources: Resources): Promise<NoticesPorts> {
  const { rooms, accounts } = resources.databases;
  const roomReader = new PostgresRoomReader(rooms, resources.deployment.roomShards);
  const states = new StateReader(roomReader, resources.stateNodes);
  const usage = new PostgresUsageCounts(accounts);
  return {
    noticeRooms: new PostgresNoticeRooms(accounts),
    deliveries: new PostgresNoticeDeliveries(accounts),
    gone: new PostgresGoneNotices(accounts),
    checks: new PostgresNoticeChecks(accounts),
    rounds: new PostgresNoticeRounds(accounts),
    policies: await resources.openPolicies(),
    consents: new PostgresConsents(accounts),
    consentKeys: new PostgresConsentKeys(accounts),
    broadcasts: new PostgresBroadcasts(accounts),
    counts: usage,
    turns: usage,
    users: new PostgresUsers(accounts),
    userRooms: new PostgresUserRoomReader(accounts),
    rooms: roomReader,
    states: new RoomState(roomReader, states, new RedactionReader(roomReader, states)),
    streams: resources.userStreams,
    servers: resources.hostedServers,
    writer: resources.roomWriter,
    reports: resources.reports,
    failpoints: armFailpoints(shell, FAILPOINTS),
    clock: shell.clock,
    random: shell.random,
  };
}

/** What statistics say of this process. */
function processDescription(
  { config, clock }: Shell,
  { counts }: Pick<NoticesPorts, 'counts'>,
): () => Promise<ReportingProcess> {
  const startedAt = clock.now();
  const cpuBefore = process.cpuUsage();
  return async () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    const elapsedMs = Math.max(1, clock.now() - startedAt);
    return {
      context: config.deployment_name,
      startedAt,
      memoryBytes: process.memoryUsage.rss(),
      cpuPercent: (user + system) / 10 / elapsedMs,
      nodeVersion: process.version,
      databaseVersion: await counts.databaseVersion(),
      cacheFactor: config.caches.global_factor ?? DEFAULT_CACHE_FACTORS.globalFactor,
      logLevel: config.log.level,
    };
  };
}

async function giveSignsOfLife(
  { clock, shutdown }: Shell,
  { databases }: Resources,
  { address, telemetry }: { readonly address: string; readonly telemetry: NoticesTelemetry },
): Promise<void> {
  const signs = new GiveSignsOfLife({
    replicas: new PostgresNoticesReplicas(databases.accounts),
    address,
    clock,
    staleMs: REPLICA_STALE_MS,
    failed: (error) => telemetry.failed('life', error),
  });
  await signs.start();
  shutdown.onStop('signs of life', () => signs.stop());
}
