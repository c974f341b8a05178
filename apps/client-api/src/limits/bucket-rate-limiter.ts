import type { TokenBuckets } from '@plexus/cache';
import type { HostedServers } from '@plexus/storage';
import type { BucketSizes } from './limit-settings.ts';
import type { LimitedUse, RateLimiter } from './rate-limiter.ts';

/** The deployment's limits. */
export interface DeploymentLimits {
  readonly enabled: boolean;
  readonly sizes: BucketSizes;
}

/** Limits by buckets that all replicas share. A hosted server's own sizes go before the deployment's, and so does its switch. */
export class BucketRateLimiter implements RateLimiter {
  readonly #buckets: TokenBuckets;
  readonly #servers: Pick<HostedServers, 'find'>;
  readonly #limits: DeploymentLimits;

  constructor(buckets: TokenBuckets, servers: Pick<HostedServers, 'find'>, limits: DeploymentLimits) {
    this.#buckets = buckets;
    this.#servers = servers;
    this.#limits = limits;
  }

  use({ action, serverName, key, mode = 'take' }: LimitedUse): Promise<number> | number {
    const own = this.#servers.find(serverName)?.settings.rateLimits;
    if (!(own?.enabled ?? this.#limits.enabled)) return 0;
    const size = own?.sizes?.[action] ?? this.#limits.sizes[action];
    if (size === undefined) return 0;
    return this.#buckets.use({ key: `${action} ${serverName} ${key}`, size, mode });
  }
}
