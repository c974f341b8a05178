import {
  anyObject,
  anyValue,
  choice,
  decimal,
  flag,
  integer,
  list,
  mapOf,
  nullable,
  object,
  optional,
  text,
} from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const listedUser = {
  name: text(),
  user_type: nullable(text()),
  is_guest: flag(),
  admin: flag(),
  deactivated: flag(),
  erased: flag(),
  shadow_banned: flag(),
  locked: flag(),
  suspended: flag(),
  displayname: nullable(text()),
  avatar_url: nullable(text()),
  creation_ts: integer(),
  last_seen_ts: nullable(integer()),
};
const threepid = object({ medium: text(), address: text(), added_at: integer(), validated_at: integer() });
const externalId = object({ auth_provider: text(), external_id: text() });

/** `GET /_synapse/admin/v1/users/{userId}/sent_invite_count` and `cumulative_joined_room_count`; milliseconds since the epoch. */
export const sinceQuery = new Shape(object({ from_ts: integer({ minimum: 0 }) }));
export const sentInviteCountResponse = new Shape(object({ invite_count: integer({ minimum: 0 }) }));
export const joinedRoomCountResponse = new Shape(object({ cumulative_joined_room_count: integer({ minimum: 0 }) }));

/** `GET /_synapse/admin/v2/users`, and of `v3` */
export const adminUsersQuery = new Shape(
  object({
    from: optional(integer({ minimum: 0 })),
    limit: optional(integer({ minimum: 0 })),
    user_id: optional(text()),
    name: optional(text()),
    guests: optional(flag()),
    deactivated: optional(flag()),
    admins: optional(flag()),
    locked: optional(flag()),
    order_by: optional(text()),
    dir: optional(choice(['f', 'b'])),
    not_user_type: optional(list(text())),
  }),
);
export type AdminUsersQuery = Described<typeof adminUsersQuery.schema>;
export const adminUsersResponse = new Shape(
  object({ users: list(object(listedUser)), total: integer(), next_token: optional(text()) }),
);
export type AdminUsersBody = Described<typeof adminUsersResponse.schema>;

/** `GET`/`PUT /_synapse/admin/v2/users/{userId}` */
export const adminUserResponse = new Shape(
  object({
    ...listedUser,
    threepids: list(threepid),
    external_ids: list(externalId),
    appservice_id: nullable(text()),
    consent_server_notice_sent: nullable(text()),
    consent_version: nullable(text()),
    consent_ts: nullable(integer()),
  }),
);
export type AdminUserBody = Described<typeof adminUserResponse.schema>;

export const modifyUserRequest = new Shape(
  object({
    password: optional(nullable(text())),
    logout_devices: optional(flag()),
    displayname: optional(nullable(text())),
    avatar_url: optional(nullable(text())),
    admin: optional(flag()),
    deactivated: optional(flag()),
    locked: optional(flag()),
    user_type: optional(nullable(text())),
    external_ids: optional(nullable(list(externalId))),
    threepids: optional(nullable(list(object({ medium: text(), address: text() })))),
  }),
);
export type ModifyUserRequest = Described<typeof modifyUserRequest.schema>;

export const deactivateUserRequest = new Shape(object({ erase: optional(flag()) }));
export const resetPasswordRequest = new Shape(object({ new_password: text(), logout_devices: optional(flag()) }));
export const setAdminRequest = new Shape(object({ admin: flag() }));
export const isAdminResponse = new Shape(object({ admin: flag() }));
export const suspendUserRequest = new Shape(object({ suspend: flag() }));
export const joinedRoomsOfUserResponse = new Shape(object({ joined_rooms: list(text()), total: integer() }));
export const membershipsResponse = new Shape(object({ memberships: mapOf(text()) }));
export const whoIsResponse = new Shape(object({ user_id: text(), devices: mapOf(anyObject()) }));

const device = object({
  device_id: text(),
  user_id: text(),
  display_name: nullable(text()),
  last_seen_ip: nullable(text()),
  last_seen_user_agent: nullable(text()),
  last_seen_ts: nullable(integer()),
});
export const adminDevicesResponse = new Shape(object({ devices: list(device), total: integer() }));
export const adminDeviceResponse = new Shape(device);
export type AdminDeviceBody = Described<typeof device>;
export const renameUserDeviceRequest = new Shape(object({ display_name: optional(nullable(text())) }));
export const createDeviceRequest = new Shape(object({ device_id: text() }));
export const deleteDevicesRequest = new Shape(object({ devices: list(text()) }));

export const logInAsRequest = new Shape(
  object({ valid_until_ms: optional(nullable(integer())), device_id: optional(nullable(text())) }),
);
export const logInAsResponse = new Shape(object({ access_token: text() }));

export const rateLimitRequest = new Shape(
  object({
    messages_per_second: optional(decimal({ minimum: 0 })),
    burst_count: optional(integer({ minimum: 0, maximum: 2_000_000_000 })),
  }),
);
export const rateLimitResponse = new Shape(
  object({ messages_per_second: optional(decimal()), burst_count: optional(integer()) }),
);

export const redactUserRequest = new Shape(
  object({
    rooms: list(text()),
    reason: optional(nullable(text())),
    limit: optional(nullable(integer({ minimum: 1 }))),
    use_admin: optional(flag()),
  }),
);
export const redactUserResponse = new Shape(object({ redact_id: text() }));
export const redactStatusResponse = new Shape(
  object({
    status: choice(['scheduled', 'active', 'complete', 'failed']),
    failed_redactions: mapOf(text()),
    error: optional(text()),
  }),
);
export const accountDataOfUserResponse = new Shape(
  object({ account_data: object({ global: mapOf(anyValue()), rooms: mapOf(mapOf(anyValue())) }) }),
);
export const userIdResponse = new Shape(object({ user_id: text() }));
export const usernameResponse = new Shape(object({ available: flag() }));
/** `POST /_plexus/admin/v1/users/{userId}/erase` */
export const eraseUserRequest = new Shape(object({ redact_events: optional(flag()) }));
export const jobIdResponse = new Shape(object({ job_id: text() }));

export const administratorRequest = new Shape(object({ scope: choice(['none', 'server', 'deployment']) }));
