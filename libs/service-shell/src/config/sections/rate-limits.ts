import { decimal, flag, group, integer, optional } from '../setting.ts';
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
    rc_registration_token_validity: limit('Trying registration tokens, per address.', 0.1, 5),
    rc_3pid_validation: limit('Asking for mails, per address of the client and per email address.', 0.003, 5),
    rc_login: group('Logging in.', {
      address: limit('Attempts per address.', 0.003, 5),
      account: limit('Attempts per account.', 0.003, 5),
      failed_attempts: limit('Failed attempts per account.', 0.17, 3),
    }),
    rc_joins: group('Joining rooms, per user.', {
      local: limit('Rooms that a hosted server is in.', 0.1, 10),
      remote: limit('Rooms that have to be fetched from another server.', 0.01, 10),
    }),
    rc_joins_per_room: limit('Joins of hosted users, per room.', 1, 10),
    rc_admin_redaction: override('Redactions by administrators, per user; without it they count as events.'),
    rc_invites: group('Inviting.', {
      per_room: limit('Invites into one room.', 0.3, 10),
      per_user: limit('Invites to one user, those from other servers among them.', 0.003, 5),
      per_issuer: limit('Invites by one user.', 0.3, 10),
    }),
    rc_room_creation: limit('Making rooms, per user.', 0.016, 10),
    rc_reports: limit('Reporting content, per user.', 1, 5),
    rc_leaves: limit('Leaving and forgetting rooms, per user.', 1, 50),
    rc_moderation: limit('Removing, banning and unbanning others, per user.', 2, 100),
    rc_server: group(
      'All users of one hosted server together, application services included. Without these there is no such limit.',
      {
        messages: override('Sending events.'),
        requests: override('Requests of any kind to `client-api`.'),
      },
    ),
    rc_presence: group('Presence.', { per_user: limit('Changes by one user.', 0.1, 10) }),
    rc_typing: limit('Saying that one types, per user.', 2, 20),
    rc_receipts: limit('Receipts and read markers, per user.', 5, 50),
    rc_to_device: limit('Requests with messages to devices, per user.', 20, 200),
    rc_keys: limit('Uploads, queries and claims of keys, per user.', 10, 100),
    rc_room_keys: limit('Reading and writing key backups, per user.', 10, 100),
    rc_profile: limit('Changes of the own profile, per user.', 0.2, 10),
    rc_account_data: limit('Changes of account data, tags, filters and push rules, per user.', 5, 100),
    rc_account_changes: limit(
      'Changes of the password and of contacts and deactivations, per user, else per address.',
      0.1,
      20,
    ),
    rc_user_directory: limit('Searching the user directory, per user.', 1, 50),
    rc_search: limit('Searching messages, per user.', 1, 20),
    rc_look_ups: limit(
      'Other requests that only look something up, or begin a registration, per user, else per address.',
      10,
      100,
    ),
    rc_tokens: group('Tokens.', {
      refresh: limit('Refreshing access tokens, per address.', 5, 50),
      login: limit('Tokens with which another client logs in, per user.', 0.1, 10),
      openid: limit('OpenID tokens, per user.', 1, 20),
    }),
  },
);

export type RateLimitSettings = Configured<typeof rateLimits>;

/** The same for one hosted server, where it differs. */
export const rateLimitOverrides = group(
  'Rate limits of this server; what is not written is taken from `rate_limits`. Each is counted apart from other servers’.',
  {
    enabled: optional(flag('Whether there are limits at all.')),
    rc_message: override('Sending events, per user.'),
    rc_registration: override('Registering, per address.'),
    rc_registration_token_validity: override('Trying registration tokens, per address.'),
    rc_3pid_validation: override('Asking for mails, per address of the client and per email address.'),
    rc_login: group('Logging in.', {
      address: override('Attempts per address.'),
      account: override('Attempts per account.'),
      failed_attempts: override('Failed attempts per account.'),
    }),
    rc_joins: group('Joining rooms, per user.', {
      local: override('Rooms that a hosted server is in.'),
      remote: override('Rooms that have to be fetched from another server.'),
    }),
    rc_joins_per_room: override('Joins of its users, per room.'),
    rc_admin_redaction: override('Redactions by administrators, per user.'),
    rc_invites: group('Inviting.', {
      per_room: override('Invites into one room.'),
      per_user: override('Invites to one user, those from other servers among them.'),
      per_issuer: override('Invites by one user.'),
    }),
    rc_room_creation: override('Making rooms, per user.'),
    rc_reports: override('Reporting content, per user.'),
    rc_leaves: override('Leaving and forgetting rooms, per user.'),
    rc_moderation: override('Removing, banning and unbanning others, per user.'),
    rc_server: group('All users of this server together, application services included.', {
      messages: override('Sending events.'),
      requests: override('Requests of any kind to `client-api`.'),
    }),
    rc_presence: group('Presence.', { per_user: override('Changes by one user.') }),
    rc_typing: override('Saying that one types, per user.'),
    rc_receipts: override('Receipts and read markers, per user.'),
    rc_to_device: override('Requests with messages to devices, per user.'),
    rc_keys: override('Uploads, queries and claims of keys, per user.'),
    rc_room_keys: override('Reading and writing key backups, per user.'),
    rc_profile: override('Changes of the own profile, per user.'),
    rc_account_data: override('Changes of account data, tags, filters and push rules, per user.'),
    rc_account_changes: override(
      'Changes of the password and of contacts and deactivations, per user, else per address.',
    ),
    rc_user_directory: override('Searching the user directory, per user.'),
    rc_search: override('Searching messages, per user.'),
    rc_look_ups: override(
      'Other requests that only look something up, or begin a registration, per user, else per address.',
    ),
    rc_tokens: group('Tokens.', {
      refresh: override('Refreshing access tokens, per address.'),
      login: override('Tokens with which another client logs in, per user.'),
      openid: override('OpenID tokens, per user.'),
    }),
  },
);

function override(description: string): Setting<RateLimit, 'optional'> {
  return optional(
    group(description, {
      per_second: decimal('Actions per second in the long run.'),
      burst_count: integer('Actions at once.', { minimum: 1 }),
    }),
  );
}

function limit(description: string, perSecond: number, burst: number): Setting<RateLimit, 'default'> {
  return group(description, {
    per_second: decimal('Actions per second in the long run.', { default: perSecond }),
    burst_count: integer('Actions at once.', { default: burst, minimum: 1 }),
  });
}
