import { BucketRateLimiter, CopiedOverrides, deploymentLimits, NO_EXCEPTIONS } from '@plexus/service-shell';
import type { LimitExceptions, RateLimiter, Shell } from '@plexus/service-shell';
import type { HostedServers } from '@plexus/storage';
import { PostgresUserAdmin } from '@plexus/storage-postgres';
import type { Databases } from './open-databases.ts';
import { openTokenBuckets } from './open-token-buckets.ts';
import { reportRateLimits } from './report-rate-limits.ts';

/** The rate limits of the configuration, of each hosted server and of single users. */
export function openRateLimiter(shell: Shell, databases: Databases, servers: HostedServers): RateLimiter {
  const limits = deploymentLimits(shell.config.rate_limits);
  const limiter = new BucketRateLimiter(openTokenBuckets(shell), servers, limits, limitExceptions(shell, databases));
  return reportRateLimits(shell.registry, limiter);
}

/** Who is limited otherwise than their server's users. */
function limitExceptions({ clock, logger }: Shell, { accounts }: Databases): LimitExceptions {
  const overrides = new CopiedOverrides(new PostgresUserAdmin(accounts), clock, (error) =>
    logger.warn('Limits of single users cannot be read; those that are known count on', { err: error }),
  );
  return { ...NO_EXCEPTIONS, overrides };
}
