import type { HostedServerRateLimits } from '@plexus/storage';
import type { RateLimitSettings } from '../config/sections/rate-limits.ts';
import type { BucketSizes, DeploymentLimits } from './bucket-rate-limiter.ts';
import type { LimitedAction } from './rate-limiter.ts';

interface WrittenLimit {
  readonly per_second: number;
  readonly burst_count: number;
}

/** Limits as the configuration and the admin API write them. */
export interface WrittenLimits {
  readonly enabled?: boolean;
  readonly rc_message?: WrittenLimit;
  readonly rc_registration?: WrittenLimit;
  readonly rc_registration_token_validity?: WrittenLimit;
  readonly rc_3pid_validation?: WrittenLimit;
  readonly rc_login?: {
    readonly address?: WrittenLimit;
    readonly account?: WrittenLimit;
    readonly failed_attempts?: WrittenLimit;
  };
  readonly rc_joins?: { readonly local?: WrittenLimit };
  readonly rc_joins_per_room?: WrittenLimit;
  readonly rc_admin_redaction?: WrittenLimit;
  readonly rc_invites?: {
    readonly per_room?: WrittenLimit;
    readonly per_user?: WrittenLimit;
    readonly per_issuer?: WrittenLimit;
  };
  readonly rc_room_creation?: WrittenLimit;
  readonly rc_reports?: WrittenLimit;
}

/** The deployment's limits, of which the configuration has all. */
export function deploymentLimits(limits: RateLimitSettings): DeploymentLimits {
  return { enabled: limits.enabled, sizes: bucketSizesOf(limits) };
}

/** The buckets whose sizes are written. */
function bucketSizesOf(written: WrittenLimits): BucketSizes {
  const limits: Record<LimitedAction, WrittenLimit | undefined> = {
    message: written.rc_message,
    registration: written.rc_registration,
    'registration-token': written.rc_registration_token_validity,
    'threepid-validation': written.rc_3pid_validation,
    'login-by-address': written.rc_login?.address,
    'login-by-account': written.rc_login?.account,
    'failed-login': written.rc_login?.failed_attempts,
    join: written.rc_joins?.local,
    'join-into-room': written.rc_joins_per_room,
    'admin-redaction': written.rc_admin_redaction,
    'invite-into-room': written.rc_invites?.per_room,
    'invite-to-user': written.rc_invites?.per_user,
    'invite-by-user': written.rc_invites?.per_issuer,
    'room-creation': written.rc_room_creation,
    report: written.rc_reports,
  };
  return Object.fromEntries(
    Object.entries(limits).flatMap(([action, limit]) =>
      limit === undefined ? [] : [[action, { perSecond: limit.per_second, burst: limit.burst_count }]],
    ),
  );
}

/** What one hosted server has of its own. */
export function serverRateLimitsOf(written: WrittenLimits): HostedServerRateLimits {
  const { enabled } = written;
  return { ...(enabled !== undefined && { enabled }), sizes: bucketSizesOf(written) };
}

/** The same as the admin API writes it. */
export function writtenLimitsOf({ enabled, sizes = {} }: HostedServerRateLimits): WrittenLimits {
  const message = written(sizes, {
    rc_message: 'message',
    rc_registration: 'registration',
    rc_registration_token_validity: 'registration-token',
    rc_3pid_validation: 'threepid-validation',
  });
  const login = written(sizes, {
    address: 'login-by-address',
    account: 'login-by-account',
    failed_attempts: 'failed-login',
  });
  const joins = written(sizes, { local: 'join' });
  const invites = written(sizes, {
    per_room: 'invite-into-room',
    per_user: 'invite-to-user',
    per_issuer: 'invite-by-user',
  });
  return {
    ...(enabled !== undefined && { enabled }),
    ...message,
    ...(Object.keys(login).length > 0 && { rc_login: login }),
    ...(Object.keys(joins).length > 0 && { rc_joins: joins }),
    ...(Object.keys(invites).length > 0 && { rc_invites: invites }),
    ...written(sizes, {
      rc_joins_per_room: 'join-into-room',
      rc_admin_redaction: 'admin-redaction',
      rc_room_creation: 'room-creation',
      rc_reports: 'report',
    }),
  };
}

/** Those of the limits that are set, under the names of their members. */
function written<Member extends string>(
  sizes: NonNullable<HostedServerRateLimits['sizes']>,
  members: Readonly<Record<Member, LimitedAction>>,
): Partial<Record<Member, WrittenLimit>> {
  const entries = Object.entries<LimitedAction>(members).flatMap(([member, action]) => {
    const size = sizes[action];
    return size === undefined ? [] : [[member, { per_second: size.perSecond, burst_count: size.burst }] as const];
  });
  return Object.fromEntries(entries) as Partial<Record<Member, WrittenLimit>>;
}
