import { noticePolicyOf, usageLimitOf } from '@plexus/service-shell';
import type { NoticePolicy, PlexusConfig, UsageLimit } from '@plexus/service-shell';
import type { HostedServer } from '@plexus/storage';

/** The sections of the configuration that this app reads. */
export type NoticesConfig = Pick<
  PlexusConfig,
  'server_notices' | 'usage_limit' | 'report_stats' | 'deployment_name' | 'caches' | 'log' | 'laboratory'
>;

/** How a hosted server tells its users something; nothing where it tells them nothing. */
export function noticePolicies(config: NoticesConfig): (server: HostedServer) => NoticePolicy | undefined {
  return (server) => noticePolicyOf(config, server);
}

/** The limits of which users are told. */
export function usageLimits(config: NoticesConfig): (server: HostedServer) => UsageLimit | undefined {
  return (server) => {
    const limit = usageLimitOf(config, server);
    return limit?.isTold === true ? limit : undefined;
  };
}

/** Whether anybody wants to know how many users there are. */
export function isUsageWanted(config: NoticesConfig, servers: readonly HostedServer[]): boolean {
  const { report_stats: reports } = config;
  if (reports.enabled || reports.metrics_by_server) return true;
  return servers.some((server) => usageLimitOf(config, server)?.isTold === true);
}

/** Whether any hosted server tells its users anything. */
export function isOn({ server_notices: notices }: Pick<NoticesConfig, 'server_notices'>): boolean {
  return notices.system_mxid_localpart !== undefined;
}
