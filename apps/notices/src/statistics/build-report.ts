import type { JsonObject } from '@plexus/matrix-base';
import type { UsageCounts } from '@plexus/storage';

/** What a report says of the process that sends it. */
export interface ReportingProcess {
  /** Of the deployment in metrics. */
  readonly context: string;
  readonly startedAt: number;
  readonly memoryBytes: number;
  /** The share of one processor that was used since the start, in percent. */
  readonly cpuPercent: number;
  readonly nodeVersion: string;
  readonly databaseVersion: string;
  readonly cacheFactor: number;
  readonly logLevel: string;
}

/** A report in the words that receivers of Synapse's know; `homeserver` names a hosted server, or the deployment in the roll-up. */
export function buildReport(
  homeserver: string,
  counts: UsageCounts,
  { process, now }: { readonly process: ReportingProcess; readonly now: number },
): JsonObject {
  return {
    homeserver,
    server_context: process.context,
    timestamp: Math.floor(now / 1_000),
    uptime_seconds: Math.max(0, Math.floor((now - process.startedAt) / 1_000)),
    total_users: counts.users,
    total_nonbridged_users: counts.nonbridgedUsers,
    daily_user_type_native: counts.dailyNative,
    daily_user_type_guest: counts.dailyGuests,
    daily_user_type_bridged: counts.dailyBridged,
    total_room_count: counts.rooms,
    daily_active_users: counts.dailyActiveUsers,
    monthly_active_users: counts.monthlyActiveUsers,
    memory_rss: process.memoryBytes,
    cpu_average: Math.round(process.cpuPercent),
    cache_factor: process.cacheFactor,
    node_version: process.nodeVersion,
    database_engine: 'postgres',
    database_server_version: process.databaseVersion,
    log_level: process.logLevel,
  };
}
