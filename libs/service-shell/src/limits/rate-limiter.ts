import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '../access/authenticator.ts';
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
  /** How often it is done at once, where that is not once. */
  readonly count?: number;
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

/** What is counted of what a user does: once by the user, unless something else is said. */
export interface CountedAct {
  readonly key?: string;
  readonly count?: number;
}

/**
 * As `requireWithinLimit`, of what a user does. Who is unlimited is not even counted, but for what all users of the server may do together.
 */
export async function requireUserWithinLimit(
  limiter: RateLimiter,
  { userId, serverName, isUnlimited }: Pick<Requester, 'userId' | 'serverName' | 'isUnlimited'>,
  action: LimitedAction,
  { key = userId, count = 1 }: CountedAct = {},
): Promise<void> {
  if (action === 'message') await requireWithinLimit(limiter, { action: 'server-message', serverName, key: ALL_USERS });
  if (isUnlimited === true) return undefined;
  return requireWithinLimit(limiter, { action, serverName, key, userId, count });
}

/** The key of what all users of a server do together. */
export const ALL_USERS = '';

/** Timers of clients overflow with what a bucket says that never fills, and ask again at once. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** The error for a request that came too soon. */
export function limitExceeded(waitMs: number): MatrixError {
  const retryAfterMs = Math.ceil(Math.min(waitMs, LONGEST_WAIT_MS));
  return new MatrixError('M_LIMIT_EXCEEDED', 429, 'Too many requests', { retry_after_ms: retryAfterMs });
}
