import type { CacheCodec, NamedCache } from '@plexus/cache';
import { MatrixError, Turns } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { AccessRecord, UserActivityReader } from '@plexus/storage';
import type { UsageLimit } from '../notices/usage-limit.ts';

export interface UsageGatePorts {
  readonly activity: UserActivityReader;
  /** Users who are active, by `activeKey`; nobody else is in it. */
  readonly activeUsers: NamedCache<true>;
  /** What a hosted server's number of monthly active users is limited to. */
  readonly limitOf: (serverName: string) => UsageLimit | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of a user, what is looked at. */
export type CountedUser = Pick<
  AccessRecord,
  'userId' | 'isAdmin' | 'isDeploymentAdmin' | 'isGuest' | 'isExemptFromConsent'
>;

const DAY_MS = 24 * 3_600_000;
/** Until then a user's first request is stored as seen. */
const SEEN_WITHIN_MS = 20_000;
/** So long a server counts as full before it is counted again. */
const FULL_FOR_MS = 1_000;

/**
 * Keeps users out who would be one active user more than their server may have in a month: who is active already goes on
 * (https://spec.matrix.org/v1.19/client-server-api/#server-notices). Administrators, bots and users of application services always may. That somebody
 * is active stays true for the day, and so it comes from a cache; that somebody is not is asked of Postgres each time, and so is the number: who was
 * kept out is let in as soon as the number falls or the limit is raised.
 *
 * @NOTE Who becomes active at several replicas within seconds may be as many too many.
 */
export class UsageGate {
  readonly #ports: UsageGatePorts;
  /** Users who were let in of late, of whom it may not be stored yet that they are active; by server. */
  readonly #letIn = new Map<string, Map<string, number>>();
  readonly #full = new Map<string, { readonly until: number; readonly limit: number }>();
  /** Who comes to a server at the same moment is counted one after the other. */
  readonly #turns = new Turns<string>();

  constructor(ports: UsageGatePorts) {
    this.#ports = ports;
  }

  /** The limit that keeps the user out; nothing where none does. There is nothing to wait for without a limit, and where the user is known. */
  check(user: CountedUser, serverName: string): Promise<UsageLimit | undefined> | undefined {
    const limit = this.#ports.limitOf(serverName);
    if (limit === undefined || isExempt(user)) return undefined;
    if (this.#ports.activeUsers.peek(this.#keyOf(user.userId)) === true) return undefined;
    return this.#decide(user, { serverName, limit });
  }

  /** The limit that keeps another user from being registered. */
  async checkNew(serverName: string): Promise<UsageLimit | undefined> {
    const limit = this.#ports.limitOf(serverName);
    return limit !== undefined && (await this.#isFull(serverName, limit)) ? limit : undefined;
  }

  async #decide(user: CountedUser, { serverName, limit }: AtServer): Promise<UsageLimit | undefined> {
    const { activity } = this.#ports;
    if (await activity.isActive(user.userId)) return this.#remember(user.userId);
    return this.#turns.take(serverName, async () => {
      if (await this.#isFull(serverName, limit)) return limit;
      if (!user.isGuest) this.#lately(serverName).set(user.userId, this.#ports.clock.now());
      return this.#remember(user.userId);
    });
  }

  async #isFull(serverName: string, { monthlyActiveUsers: limit }: UsageLimit): Promise<boolean> {
    const { activity, clock } = this.#ports;
    const known = this.#full.get(serverName);
    if (known !== undefined && known.until > clock.now() && known.limit >= limit) return true;
    const except = [...this.#lately(serverName).keys()];
    const most = Math.max(0, limit - except.length);
    const isFull = most === 0 || (await activity.countActive(serverName, { except, most })) >= most;
    if (isFull) this.#full.set(serverName, { until: clock.now() + FULL_FOR_MS, limit });
    else this.#full.delete(serverName);
    return isFull;
  }

  #lately(serverName: string): Map<string, number> {
    const letIn = this.#letIn.get(serverName) ?? new Map<string, number>();
    this.#letIn.set(serverName, letIn);
    const since = this.#ports.clock.now() - SEEN_WITHIN_MS;
    for (const [userId, at] of letIn) if (at < since) letIn.delete(userId);
    return letIn;
  }

  async #remember(userId: string): Promise<undefined> {
    await this.#ports.activeUsers.get(this.#keyOf(userId), async () => true);
    return undefined;
  }

  #keyOf(userId: string): string {
    return activeKey(userId, this.#ports.clock.now());
  }
}

interface AtServer {
  readonly serverName: string;
  readonly limit: UsageLimit;
}

/** Under which the cache `active_users` knows that a user is active; on the next day it is asked again. */
export function activeKey(userId: string, now: number): string {
  return `${Math.floor(now / DAY_MS)} ${userId}`;
}

/** How the cache `active_users` keeps that somebody is active: nothing else is kept. */
export const activeCodec: CacheCodec<true> = { encode: () => Buffer.of(1), decode: () => true };

function isExempt({ isAdmin, isDeploymentAdmin, isExemptFromConsent }: CountedUser): boolean {
  return isAdmin || isDeploymentAdmin || isExemptFromConsent === true;
}

/** https://spec.matrix.org/v1.19/client-server-api/#common-error-codes @NOTE A contact is there in any case; an empty one says that there is none. */
export function usageLimitExceeded({ adminContact }: UsageLimit): MatrixError {
  return new MatrixError('M_RESOURCE_LIMIT_EXCEEDED', 403, 'This server has as many active users as it may have', {
    limit_type: 'monthly_active_user',
    admin_contact: adminContact ?? '',
  });
}

/** Throws 403 `M_RESOURCE_LIMIT_EXCEEDED` for who is kept out by a limit. */
export function requireWithinUsageLimit({ exceededLimit }: { readonly exceededLimit?: UsageLimit }): void {
  if (exceededLimit !== undefined) throw usageLimitExceeded(exceededLimit);
}
