import type { HostedServerRateLimits } from '@plexus/storage';
import type { RateLimitSettings } from '../config/sections/rate-limits.ts';
import type { BucketSizes, DeploymentLimits } from './bucket-rate-limiter.ts';
import { LIMIT_GROUPS, LIMITS } from './limited-actions.ts';
import type { LimitedAction } from './limited-actions.ts';

interface WrittenLimit {
  readonly per_second: number;
  readonly burst_count: number;
}

type Groups = typeof LIMIT_GROUPS;
type WrittenMembers<Member extends string> = { readonly [Name in Member]?: WrittenLimit };
type WrittenGroups = { readonly [Group in keyof Groups]?: WrittenMembers<keyof Groups[Group] & string> };

/** Limits as the configuration and the admin API write them. */
export type WrittenLimits = { readonly enabled?: boolean } & WrittenMembers<keyof typeof LIMITS> & WrittenGroups;

/** The deployment's limits, of which the configuration has all. */
export function deploymentLimits(limits: RateLimitSettings): DeploymentLimits {
  return { enabled: limits.enabled, sizes: bucketSizesOf(limits) };
}

/** What one hosted server has of its own. */
export function serverRateLimitsOf(written: WrittenLimits): HostedServerRateLimits {
  const { enabled } = written;
  return { ...(enabled !== undefined && { enabled }), sizes: bucketSizesOf(written) };
}

/** The buckets whose sizes are written. */
function bucketSizesOf(written: WrittenLimits): BucketSizes {
  let sizes = sizesOf<keyof typeof LIMITS>(written, LIMITS);
  for (const [group, members] of Object.entries(LIMIT_GROUPS))
    sizes = { ...sizes, ...sizesOf<string>(written[group as keyof Groups] ?? {}, members) };
  return sizes;
}

function sizesOf<Member extends string>(
  written: WrittenMembers<Member>,
  members: Readonly<Record<Member, LimitedAction>>,
): BucketSizes {
  return Object.fromEntries(
    Object.entries<LimitedAction>(members).flatMap(([member, action]) => {
      const limit = written[member as Member];
      return limit === undefined ? [] : [[action, { perSecond: limit.per_second, burst: limit.burst_count }]];
    }),
  );
}

/** The same as the admin API writes it. */
export function writtenLimitsOf({ enabled, sizes = {} }: HostedServerRateLimits): WrittenLimits {
  const groups = Object.entries(LIMIT_GROUPS).flatMap(([group, members]) => {
    const limits = writtenMembers<string>(sizes, members);
    return Object.keys(limits).length === 0 ? [] : [[group, limits] as const];
  });
  return {
    ...(enabled !== undefined && { enabled }),
    ...writtenMembers<keyof typeof LIMITS>(sizes, LIMITS),
    ...(Object.fromEntries(groups) as WrittenGroups),
  };
}

/** Those of the limits that are set, under the names of their members. */
function writtenMembers<Member extends string>(
  sizes: NonNullable<HostedServerRateLimits['sizes']>,
  members: Readonly<Record<Member, LimitedAction>>,
): WrittenMembers<Member> {
  const entries = Object.entries<LimitedAction>(members).flatMap(([member, action]) => {
    const size = sizes[action];
    return size === undefined ? [] : [[member, { per_second: size.perSecond, burst_count: size.burst }] as const];
  });
  return Object.fromEntries(entries) as WrittenMembers<Member>;
}
