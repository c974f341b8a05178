import { choice, flag, list, mapOf, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions */
export const versionsResponse = new Shape(
  object({ versions: list(text({ pattern: '^[rv][0-9]' })), unstable_features: optional(mapOf(flag())) }),
);
export type VersionsResponse = Described<typeof versionsResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3capabilities */
export const capabilitiesResponse = new Shape(
  object({
    capabilities: object({
      'm.room_versions': object({ default: text(), available: mapOf(choice(['stable', 'unstable'])) }),
      'm.change_password': optional(object({ enabled: flag() })),
      'm.set_displayname': optional(object({ enabled: flag() })),
      'm.set_avatar_url': optional(object({ enabled: flag() })),
      'm.profile_fields': optional(object({ enabled: flag() })),
      'm.3pid_changes': optional(object({ enabled: flag() })),
      'm.get_login_token': optional(object({ enabled: flag() })),
      'm.forget_forced_upon_leave': optional(object({ enabled: flag() })),
      'm.account_moderation': optional(object({ suspend: flag(), lock: flag() })),
    }),
  }),
);
export type CapabilitiesResponse = Described<typeof capabilitiesResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixclient */
export const clientWellKnownResponse = new Shape(object({ 'm.homeserver': object({ base_url: text() }) }));
export type ClientWellKnownResponse = Described<typeof clientWellKnownResponse.schema>;

/** https://spec.matrix.org/v1.19/server-server-api/#getwell-knownmatrixserver */
export const serverWellKnownResponse = new Shape(object({ 'm.server': text() }));

/** https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport */
export const supportWellKnownResponse = new Shape(
  object({
    contacts: optional(
      list(object({ role: text(), matrix_id: optional(text({ pattern: '^@' })), email_address: optional(text()) })),
    ),
    support_page: optional(text()),
  }),
);
export type SupportWellKnownResponse = Described<typeof supportWellKnownResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#standard-error-response */
export const errorResponse = new Shape(object({ errcode: text({ pattern: '^[A-Z]+_' }), error: text() }));
