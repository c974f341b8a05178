import { flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { userIdentifier } from './user-interactive-auth.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3login */
export const loginFlowsResponse = new Shape(
  object({ flows: list(object({ type: text(), get_login_token: optional(flag()) })) }),
);
export type LoginFlowsResponse = Described<typeof loginFlowsResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3login */
export const loginRequest = new Shape(
  object({
    type: text(),
    identifier: optional(userIdentifier),
    user: optional(text()),
    password: optional(text({ maxLength: 4096 })),
    token: optional(text({ maxLength: 1024 })),
    medium: optional(text()),
    address: optional(text()),
    device_id: optional(text({ maxLength: 255 })),
    initial_device_display_name: optional(text({ maxLength: 1024 })),
    refresh_token: optional(flag()),
  }),
);
export type LoginRequest = Described<typeof loginRequest.schema>;

export const loginResponse = new Shape(
  object({
    user_id: text({ pattern: '^@' }),
    access_token: text(),
    device_id: text(),
    refresh_token: optional(text()),
    expires_in_ms: optional(integer()),
    home_server: optional(text()),
    well_known: optional(object({ 'm.homeserver': object({ base_url: text() }) })),
  }),
);
export type LoginResponse = Described<typeof loginResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3accountwhoami */
export const whoAmIResponse = new Shape(
  object({ user_id: text({ pattern: '^@' }), device_id: optional(text()), is_guest: optional(flag()) }),
);
export type WhoAmIResponse = Described<typeof whoAmIResponse.schema>;
