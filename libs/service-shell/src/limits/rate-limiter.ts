import { MatrixError } from '@plexus/matrix-base';
import type { LimitedAction } from './limited-actions.ts';

export interface LimitedUse {
  readonly action: LimitedAction;
  /** The hosted server whose limits count. */
  readonly serverName: string;
  readonly key: string;
  /** Who acts, where it is a user: their own limits go before all others. */
  readonly userId?: string;
  /** `peek` only asks whether the bucket is empty. */
  readonly mode?: 'take' | 'peek';
}

/** Counts how often something is done. */
export interface RateLimiter {
  /** Milliseconds until it may be done, 0 for now. */
  use(use: LimitedUse): Promise<number> | number;
}

/** Throws 429 `M_LIMIT_EXCEEDED` where a bucket is empty (https://spec.matrix.org/v1.19/client-server-api/#rate-limiting). */
export async function requireWithinLimit(limiter: RateLimiter, use: LimitedUse): Promise<void> {
  const answer = limiter.use(use);
  const waitMs = typeof answer === 'number' ? answer : await answer;
  if (waitMs > 0) throw limitExceeded(waitMs);
}

/** The error for a request that came too soon. */
export function limitExceeded(waitMs: number): MatrixError {
  return new MatrixError('M_LIMIT_EXCEEDED', 429, 'Too many requests', { retry_after_ms: Math.ceil(waitMs) });
}
