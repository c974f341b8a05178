import { choice, closedObject, decimal, flag, integer, list, mapOf, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const rateLimit = closedObject({ per_second: decimal({ minimum: 0 }), burst_count: integer({ minimum: 1 }) });

const rateLimits = closedObject({
  enabled: optional(flag()),
  rc_message: optional(rateLimit),
  rc_registration: optional(rateLimit),
  rc_registration_token_validity: optional(rateLimit),
  rc_3pid_validation: optional(rateLimit),
  rc_login: optional(
    closedObject({
      address: optional(rateLimit),
      account: optional(rateLimit),
      failed_attempts: optional(rateLimit),
    }),
  ),
  rc_joins: optional(closedObject({ local: optional(rateLimit), remote: optional(rateLimit) })),
  rc_joins_per_room: optional(rateLimit),
  rc_admin_redaction: optional(rateLimit),
  rc_invites: optional(
    closedObject({
      per_room: optional(rateLimit),
      per_user: optional(rateLimit),
      per_issuer: optional(rateLimit),
    }),
  ),
  rc_room_creation: optional(rateLimit),
  rc_reports: optional(rateLimit),
  rc_leaves: optional(rateLimit),
  rc_moderation: optional(rateLimit),
  rc_server: optional(closedObject({ messages: optional(rateLimit), requests: optional(rateLimit) })),
  rc_presence: optional(closedObject({ per_user: optional(rateLimit) })),
  rc_typing: optional(rateLimit),
  rc_receipts: optional(rateLimit),
  rc_to_device: optional(rateLimit),
  rc_keys: optional(rateLimit),
  rc_room_keys: optional(rateLimit),
  rc_profile: optional(rateLimit),
  rc_account_data: optional(rateLimit),
  rc_account_changes: optional(rateLimit),
  rc_user_directory: optional(rateLimit),
  rc_search: optional(rateLimit),
  rc_look_ups: optional(rateLimit),
  rc_tokens: optional(
    closedObject({ refresh: optional(rateLimit), login: optional(rateLimit), openid: optional(rateLimit) }),
  ),
});

const support = closedObject({
  contacts: optional(
    list(
      closedObject({
        role: text({ maxLength: 255 }),
        matrix_id: optional(text({ pattern: '^@', maxLength: 255 })),
        email_address: optional(text({ maxLength: 320 })),
      }),
      { maxItems: 100 },
    ),
  ),
  support_page: optional(text({ pattern: '^https?://', maxLength: 1024 })),
});

const mxc = text({ pattern: '^mxc://[^/]+/.+$', maxLength: 1024 });
const words = text({ maxLength: 2_000 });

const serverNotices = closedObject({
  enabled: optional(flag()),
  system_mxid_display_name: optional(text({ maxLength: 255 })),
  system_mxid_avatar_url: optional(mxc),
  room_name: optional(text({ maxLength: 255 })),
  room_avatar_url: optional(mxc),
  room_topic: optional(words),
  auto_join: optional(flag()),
  language: optional(text({ maxLength: 35 })),
  translations: optional(
    mapOf(
      closedObject({
        display_name: optional(text({ maxLength: 255 })),
        room_name: optional(text({ maxLength: 255 })),
        room_topic: optional(words),
        usage_limit: optional(words),
      }),
    ),
  ),
});

const usageLimit = closedObject({
  limit_usage_by_mau: optional(flag()),
  max_mau_value: optional(integer({ minimum: 0 })),
  mau_limit_alerting: optional(flag()),
  admin_contact: optional(text({ maxLength: 1024 })),
});

const quotas = closedObject({
  max_users: optional(integer({ minimum: 0 })),
  max_event_bytes: optional(integer({ minimum: 0 })),
  max_monthly_traffic_bytes: optional(integer({ minimum: 0 })),
});

const serverSettings = closedObject({
  aliases: optional(list(text({ maxLength: 255 }), { maxItems: 100 })),
  public_baseurl: optional(text({ pattern: '^https?://[^/?#]+/?$', maxLength: 1024 })),
  registration: optional(
    closedObject({
      enabled: optional(flag()),
      guests: optional(flag()),
      requires_token: optional(flag()),
      requires_email: optional(flag()),
    }),
  ),
  rate_limits: optional(rateLimits),
  email: optional(closedObject({ notif_from: optional(text({ maxLength: 512 })) })),
  server_notices: optional(serverNotices),
  usage_limit: optional(usageLimit),
  quotas: optional(quotas),
  retention: optional(closedObject({ enabled: optional(flag()), max_lifetime: optional(integer({ minimum: 1 })) })),
  presence: optional(closedObject({ enabled: optional(flag()) })),
  federation: optional(
    closedObject({
      enabled: optional(flag()),
      allow_servers: optional(list(text({ maxLength: 255 }), { maxItems: 10_000 })),
      deny_servers: optional(list(text({ maxLength: 255 }), { maxItems: 10_000 })),
    }),
  ),
  well_known: optional(
    closedObject({
      enabled: optional(flag()),
      server: optional(text({ maxLength: 255 })),
      support: optional(support),
    }),
  ),
  policy_server: optional(
    closedObject({
      public_key: optional(text({ pattern: '^[A-Za-z0-9+/_-]{43}=?$' })),
      address: optional(text({ maxLength: 255 })),
    }),
  ),
});
export type ServerSettingsBody = Described<typeof serverSettings>;

/** `POST /_plexus/admin/v1/servers` */
export const addServerRequest = new Shape(
  closedObject({ server_name: text({ maxLength: 255 }), settings: optional(serverSettings) }),
);
export type AddServerRequest = Described<typeof addServerRequest.schema>;

/** `PUT /_plexus/admin/v1/servers/{serverName}/settings` */
export const changeServerSettingsRequest = new Shape(serverSettings);

const hostedServer = object({
  server_name: text(),
  status: choice(['active', 'suspended', 'removing']),
  origin: choice(['configuration', 'admin-api']),
  settings: serverSettings,
  version: integer(),
  created_at: integer(),
});
export const hostedServerResponse = new Shape(hostedServer);
export type HostedServerBody = Described<typeof hostedServer>;
export const hostedServersResponse = new Shape(object({ servers: list(hostedServer) }));

const use = object({
  requests: integer(),
  received_bytes: integer(),
  sent_bytes: integer(),
  events: integer(),
  event_bytes: integer(),
  transactions: integer(),
  sent_events: integer(),
});

const serverUsage = object({
  server_name: text(),
  users: object({ open: integer(), guests: integer(), bridged: integer(), deactivated: integer() }),
  /** As it was last counted. */
  counted: optional(
    object({ at: integer(), monthly_active_users: integer(), daily_active_users: integer(), rooms: integer() }),
  ),
  month: use,
  total: use,
  quotas,
  /** The names of the quotas that are used up. */
  exceeded: list(choice(['max_users', 'max_event_bytes', 'max_monthly_traffic_bytes'])),
});
/** `GET /_plexus/admin/v1/servers/{serverName}/usage` */
export const serverUsageResponse = new Shape(serverUsage);
export type ServerUsageBody = Described<typeof serverUsage>;

export const serverUsagesQuery = new Shape(
  object({ from: optional(text({ maxLength: 255 })), limit: optional(integer({ minimum: 1 })) }),
);
/** `GET /_plexus/admin/v1/server_usage`: in the order of the names; `next_token` of an answer is `from` of the next request. */
export const serverUsagesResponse = new Shape(
  object({ usage: list(serverUsage), total: integer(), next_token: optional(text()) }),
);
export type ServerUsagesBody = Described<typeof serverUsagesResponse.schema>;

/** The answer to `DELETE`, and `GET /_plexus/admin/v1/server_removals/{jobId}`. */
export const serverRemovalResponse = new Shape(
  object({
    job_id: text(),
    server_name: text(),
    step: choice(['users', 'rooms', 'rows', 'done']),
    users_total: integer(),
    users_done: integer(),
    refused_departures: integer(),
    rooms_left: optional(integer()),
    last_error: optional(text()),
    started_at: integer(),
    finished_at: optional(integer()),
  }),
);
export type ServerRemovalBody = Described<typeof serverRemovalResponse.schema>;

/**
 * `POST /_plexus/admin/v1/servers/{serverName}/signing_keys/import`: the server's keys on another homeserver, in the form in which it published them.
 */
export const importSigningKeysRequest = new Shape(
  closedObject({ old_verify_keys: mapOf(closedObject({ key: text({ maxLength: 100 }), expired_ts: integer() })) }),
);

/**
 * `GET /_plexus/admin/v1/servers/{serverName}/signing_keys`, and the answer to their rotation and import: the newest first, then those that the server had
 * elsewhere, which were never active here.
 */
export const signingKeysResponse = new Shape(
  object({
    keys: list(
      object({
        key_id: text(),
        public_key: text(),
        active_since: optional(integer()),
        retired_at: optional(integer()),
      }),
    ),
  }),
);
export type SigningKeysBody = Described<typeof signingKeysResponse.schema>;
