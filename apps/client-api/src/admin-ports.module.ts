import type { Resources } from '@plexus/service-adapters';
import type { Shell } from '@plexus/service-shell';
import {
  PostgresAdminJobs,
  PostgresAppserviceQueueStates,
  PostgresAuditLog,
  PostgresBroadcasts,
  PostgresDestinations,
  PostgresRoomAdmin,
  PostgresRoomBlocks,
  PostgresRoomDescriptions,
  PostgresRoomHistoryReader,
  PostgresRoomSizes,
  PostgresServerUse,
  PostgresSharedRooms,
  PostgresUserAdmin,
  PostgresUserData,
} from '@plexus/storage-postgres';
import type { AdminPorts } from './admin-ports.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import { adminJobKinds } from './compose-admin.ts';
import { retentionPolicyOf } from '@plexus/room-view';
import { ScheduleRetention } from './history/schedule-retention.ts';
import { jobTelemetry } from './jobs/job-telemetry.ts';
import { RunAdminJobs } from './jobs/run-admin-jobs.ts';

const SCHEDULE_EVERY_MS = 60_000;

export function openAdminPorts({
  databases,
  deployment,
  caches,
  cacheSizing,
  cacheFactors,
  logLevels,
}: Resources): AdminPorts {
  const { rooms, accounts } = databases;
  const userData = new PostgresUserData(accounts);
  return {
    userData,
    exports: userData,
    appserviceQueues: new PostgresAppserviceQueueStates(accounts),
    audit: new PostgresAuditLog(accounts),
    caches: { caches, sizing: cacheSizing, factors: cacheFactors },
    broadcasts: new PostgresBroadcasts(accounts),
    destinations: new PostgresDestinations(accounts),
    sharedRooms: new PostgresSharedRooms(rooms),
    jobs: new PostgresAdminJobs(accounts),
    logLevels,
    history: new PostgresRoomHistoryReader(rooms),
    blocks: new PostgresRoomBlocks(rooms, deployment.roomShards),
    rooms: new PostgresRoomAdmin(accounts),
    descriptions: new PostgresRoomDescriptions(rooms),
    roomSizes: new PostgresRoomSizes(rooms),
    use: new PostgresServerUse(accounts),
    users: new PostgresUserAdmin(accounts),
  };
}

/** Works on administrators' jobs until the process stops. */
export function startAdminJobs({ config, registry, logger, shutdown, clock }: Shell, ports: ClientApiPorts): void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const report = jobTelemetry(registry, logger);
  const { jobs } = ports.admin;
  const runJobs = new RunAdminJobs(
    { ...ports, jobs },
    adminJobKinds(ports, retentionPolicyOf(config.retention)),
    report,
  );
  const schedule = new ScheduleRetention({ ...ports, ...ports.admin }, config.retention.purge_interval);
  const working = Promise.all([runJobs.runUntil(signal), repeat()]);
  shutdown.onStop('admin jobs', async () => {
    stopping.abort();
    await working;
  });

  async function repeat(): Promise<void> {
    while (!signal.aborted) {
      await schedule.execute().catch((error: unknown) => report({ error }, undefined));
      await clock.delay(Math.min(SCHEDULE_EVERY_MS, config.retention.purge_interval), signal);
    }
  }
}
