import { choice, flag, integer, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { authData } from './user-interactive-auth.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3register */
export const registerRequest = new Shape(
  object({
    auth: optional(authData),
    type: optional(text()),
    username: optional(text()),
    password: optional(text({ maxLength: 4096 })),
    device_id: optional(text({ maxLength: 255 })),
    initial_device_display_name: optional(text({ maxLength: 1024 })),
    guest_access_token: optional(text({ maxLength: 1024 })),
    inhibit_login: optional(flag()),
    refresh_token: optional(flag()),
  }),
);
export type RegisterRequest = Described<typeof registerRequest.schema>;

export const registerResponse = new Shape(
  object({
    user_id: text({ pattern: '^@' }),
    access_token: optional(text()),
    device_id: optional(text()),
    refresh_token: optional(text()),
    expires_in_ms: optional(integer()),
    home_server: optional(text()),
  }),
);
export type RegisterResponse = Described<typeof registerResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3registeravailable */
export const usernameAvailableResponse = new Shape(object({ available: flag() }));

export const registerQuery = new Shape(object({ kind: optional(choice(['user', 'guest'])) }));
export const usernameAvailableQuery = new Shape(object({ username: text() }));
