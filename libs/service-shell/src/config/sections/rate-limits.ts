import { decimal, flag, group, integer } from '../setting.ts';
import type { Configured, Setting } from '../setting.ts';

/** A bucket of `burst_count` actions that fills again at `per_second`. */
export interface RateLimit {
  readonly per_second: number;
  readonly burst_count: number;
}

export const rateLimits = group(
  'How often a user or an address may do something. Each limit is a bucket that fills again.',
  {
    enabled: flag('Whether there are limits at all.', { default: true }),
    rc_message: limit('Sending events, per user.', 0.2, 10),
    rc_registration: limit('Registering, per address.', 0.17, 3),
    rc_login: group('Logging in.', {
      address: limit('Attempts per address.', 0.003, 5),
      account: limit('Attempts per account.', 0.003, 5),
      failed_attempts: limit('Failed attempts per account.', 0.17, 3),
    }),
    rc_joins: group('Joining rooms, per user.', {
      local: limit('Rooms that a hosted server is in.', 0.1, 10),
      remote: limit('Rooms that have to be fetched from another server.', 0.01, 10),
    }),
    rc_invites: group('Inviting.', {
      per_room: limit('Invites into one room.', 0.3, 10),
      per_user: limit('Invites to one user.', 0.003, 5),
      per_issuer: limit('Invites by one user.', 0.3, 10),
    }),
    rc_room_creation: limit('Making rooms, per user.', 0.016, 10),
  },
);

export type RateLimitSettings = Configured<typeof rateLimits>;

function limit(description: string, perSecond: number, burst: number): Setting<RateLimit, 'default'> {
  return group(description, {
    per_second: decimal('Actions per second in the long run.', { default: perSecond }),
    burst_count: integer('Actions at once.', { default: burst, minimum: 1 }),
  });
}
