import { decimal, duration, flag, group, integer, map, optional, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

const MXC = { pattern: '^mxc://[^/]+/.+$', form: 'an mxc:// URI' };

const translations = map(
  'What is written here is used instead, by language as in `de` or `pt-BR`.',
  group('The words of one language.', {
    display_name: optional(text('What the sender is called.')),
    room_name: optional(text('What the room is called.')),
    room_topic: optional(text('What the room is for.')),
    usage_limit: optional(text('What users are told when the server has more active users than it may have.')),
  }),
);

const look = {
  system_mxid_display_name: optional(text('What the sender is called.')),
  system_mxid_avatar_url: optional(text('The sender’s picture.', MXC)),
  room_avatar_url: optional(text('The room’s picture.', MXC)),
  room_topic: optional(text('What the room is for.')),
};

export const serverNotices = group(
  'What hosted servers tell their users: each user gets one room for it, in which only the server speaks.',
  {
    system_mxid_localpart: optional(
      text('The localpart of the user who sends notices, on every hosted server. Without it there are no notices.', {
        pattern: '^[a-z0-9._=/+-]+$',
        form: 'a localpart of a-z, 0-9 and . _ = - / +',
      }),
    ),
    ...look,
    room_name: text('What the room is called.', { default: 'Server Notices' }),
    auto_join: flag('Whether users are in the room at once; else they are invited.', { default: false }),
    users_default: integer('The power level of the user in the room. Who has less than 0 cannot speak in it.', {
      default: -10,
      minimum: -100,
      maximum: 49,
    }),
    language: text('The language of servers that name none.', { default: 'en' }),
    translations,
    broadcast_rate: decimal(
      'Notices per second of a broadcast that asks for no rate, and of a policy that comes into force, of all replicas together.',
      { default: 50 },
    ),
  },
);

export type ServerNoticesSettings = Configured<typeof serverNotices>;

/** The same for one hosted server, where it differs. */
export const serverNoticesOverrides = group(
  'Notices of this server; what is not written is taken from `server_notices`.',
  {
    enabled: optional(flag('Whether there are notices.')),
    ...look,
    room_name: optional(text('What the room is called.')),
    auto_join: optional(flag('Whether users are in the room at once.')),
    language: optional(text('The language of its users.')),
    translations,
  },
);

const usageLimitMembers = {
  limit_usage_by_mau: 'Whether the number of monthly active users is limited.',
  max_mau_value: 'How many monthly active users a server may have. Guests and users of appservices are not counted.',
  mau_limit_alerting: 'Whether users are told when there are as many as there may be.',
  admin_contact: 'Where users are to turn, for example `mailto:admin@example.org`.',
} as const;

export const usageLimit = group(
  'A limit to the monthly active users of each hosted server: once there are so many, nobody else gets in. Who is active goes on; so do administrators, bots and users of application services.',
  {
    limit_usage_by_mau: flag(usageLimitMembers.limit_usage_by_mau, { default: false }),
    max_mau_value: integer(usageLimitMembers.max_mau_value, { default: 0 }),
    mau_limit_alerting: flag(usageLimitMembers.mau_limit_alerting, { default: true }),
    admin_contact: optional(text(usageLimitMembers.admin_contact)),
    count_interval: duration('Between two counts of users and rooms.', { default: '10m' }),
  },
);

export type UsageLimitSettings = Configured<typeof usageLimit>;

/** The same for one hosted server, where it differs. */
export const usageLimitOverrides = group('The limit of this server; what is not written is taken from `usage_limit`.', {
  limit_usage_by_mau: optional(flag(usageLimitMembers.limit_usage_by_mau)),
  max_mau_value: optional(integer(usageLimitMembers.max_mau_value)),
  mau_limit_alerting: optional(flag(usageLimitMembers.mau_limit_alerting)),
  admin_contact: optional(text(usageLimitMembers.admin_contact)),
});

export const reportStats = group(
  'Statistics for whoever supports this deployment: numbers of users and rooms, of each hosted server and of all together. Never a name of a user or room.',
  {
    enabled: flag('Whether they are sent.', { default: false }),
    endpoint: optional(text('Where they are put, as JSON.', { pattern: '^https://[^/]+/?.*$', form: 'an https URL' })),
    first_after: duration('How long after the deployment’s first start.', { default: '5m' }),
    interval: duration('Between two reports.', { default: '3h' }),
    metrics_by_server: flag('Whether the same numbers are metrics of each hosted server too; else of all together.', {
      default: false,
    }),
  },
);

export type ReportStatsSettings = Configured<typeof reportStats>;
