import type { Resources } from '@plexus/service-adapters';
import type { Shell } from '@plexus/service-shell';
import {
  PostgresAdminJobs,
  PostgresAuditLog,
  PostgresRoomAdmin,
  PostgresRoomBlocks,
  PostgresRoomDescriptions,
  PostgresRoomHistoryReader,
  PostgresRoomSizes,
  PostgresUserAdmin,
} from '@plexus/storage-postgres';
import type { AdminPorts } from './admin-ports.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import { adminJobKinds } from './compose-admin.ts';
import { jobTelemetry } from './jobs/job-telemetry.ts';
import { RunAdminJobs } from './jobs/run-admin-jobs.ts';

export function openAdminPorts({ databases, deployment }: Resources): AdminPorts {
  const { rooms, accounts } = databases;
  return {
    audit: new PostgresAuditLog(accounts),
    jobs: new PostgresAdminJobs(accounts),
    history: new PostgresRoomHistoryReader(rooms, deployment.roomShards),
    blocks: new PostgresRoomBlocks(rooms, deployment.roomShards),
    rooms: new PostgresRoomAdmin(accounts),
    descriptions: new PostgresRoomDescriptions(rooms),
    roomSizes: new PostgresRoomSizes(rooms),
    users: new PostgresUserAdmin(accounts),
  };
}

/** Works on administrators' jobs until the process stops. */
export function startAdminJobs({ registry, logger, shutdown }: Shell, ports: ClientApiPorts): void {
  const stopping = new AbortController();
  const report = jobTelemetry(registry, logger);
  const { jobs } = ports.admin;
  const working = new RunAdminJobs({ ...ports, jobs }, adminJobKinds(ports), report).runUntil(stopping.signal);
  shutdown.onStop('admin jobs', async () => {
    stopping.abort();
    await working;
  });
}
