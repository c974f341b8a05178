import type { BucketSize, TokenBuckets } from '@plexus/cache';
import type { HostedServers } from '@plexus/storage';
import { NO_OVERRIDES } from './limit-overrides.ts';
import type { LimitOverrides } from './limit-overrides.ts';
import { isLightAction } from './limited-actions.ts';
import type { LimitedAction } from './limited-actions.ts';
import type { LimitedUse, RateLimiter } from './rate-limiter.ts';

/** How large buckets are; what has no size is not limited. */
export type BucketSizes = Partial<Record<LimitedAction, BucketSize>>;

/** The deployment's limits. */
export interface DeploymentLimits {
  readonly enabled: boolean;
  readonly sizes: BucketSizes;
}

/** Who is limited otherwise, or not at all. */
export interface LimitExceptions {
  readonly overrides: LimitOverrides;
  /** For users whom nothing limits: those of appservices that are registered so. */
  isExempt(userId: string): boolean;
}

export const NO_EXCEPTIONS: LimitExceptions = { overrides: NO_OVERRIDES, isExempt: () => false };

/**
 * Limits by buckets that all replicas share. A user's own size goes before the hosted server's, and that before the deployment's; what
 * clients do by themselves it only widens. A hosted server has a switch of its own.
 */
export class BucketRateLimiter implements RateLimiter {
  readonly #buckets: TokenBuckets;
  readonly #servers: Pick<HostedServers, 'find'>;
  readonly #limits: DeploymentLimits;
  readonly #exceptions: LimitExceptions;

  constructor(
    buckets: TokenBuckets,
    servers: Pick<HostedServers, 'find'>,
    limits: DeploymentLimits,
    exceptions: LimitExceptions = NO_EXCEPTIONS,
  ) {
    this.#buckets = buckets;
    this.#servers = servers;
    this.#limits = limits;
    this.#exceptions = exceptions;
  }

  use(use: LimitedUse): Promise<number> | number {
    const { action, serverName, key, userId, mode = 'take', count = 1 } = use;
    const own = this.#servers.find(serverName)?.settings.rateLimits;
    if (!(own?.enabled ?? this.#limits.enabled)) return 0;
    const override = userId === undefined ? undefined : this.#exceptionOf(userId);
    if (override === 'none') return 0;
    const size = own?.sizes?.[action] ?? this.#limits.sizes[action];
    if (override !== undefined && counts(override, size, action))
      return this.#buckets.use({ key: `${action} own ${key}`, size: override, mode, count });
    if (size !== undefined) return this.#buckets.use({ key: `${action} ${serverName} ${key}`, size, mode, count });
    return action === 'admin-redaction' ? this.use({ ...use, action: 'message' }) : 0;
  }

  #exceptionOf(userId: string): BucketSize | 'none' | undefined {
    if (this.#exceptions.isExempt(userId)) return 'none';
    const override = this.#exceptions.overrides.find(userId);
    if (override === undefined) return undefined;
    const { messagesPerSecond: perSecond, burstCount: burst } = override;
    return perSecond === 0 ? 'none' : { perSecond, burst: Math.max(1, burst) };
  }
}

/** Whether a user's own size goes before that of the server. */
function counts(own: BucketSize, size: BucketSize | undefined, action: LimitedAction): boolean {
  if (!isLightAction(action)) return true;
  return size !== undefined && own.perSecond >= size.perSecond && own.burst >= size.burst;
}
