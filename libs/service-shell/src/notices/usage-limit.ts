import type { HostedServer } from '@plexus/storage';
import type { PlexusConfig } from '../config/plexus-config.ts';

/** A limit to the monthly active users of a hosted server. */
export interface UsageLimit {
  readonly monthlyActiveUsers: number;
  readonly adminContact: string | undefined;
  /** Whether users are told when it is reached. */
  readonly isTold: boolean;
}

/** Nothing where the server has no limit. */
export function usageLimitOf(
  { usage_limit: common }: Pick<PlexusConfig, 'usage_limit'>,
  { settings }: Pick<HostedServer, 'settings'>,
): UsageLimit | undefined {
  const own = settings.usageLimit ?? {};
  const isLimited = own.isEnabled ?? common.limit_usage_by_mau;
  if (!isLimited) return undefined;
  return {
    monthlyActiveUsers: own.monthlyActiveUsers ?? common.max_mau_value,
    adminContact: own.adminContact ?? common.admin_contact,
    isTold: own.alerts ?? common.mau_limit_alerting,
  };
}
