import { anyObject, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#identifier-types */
export const userIdentifier = object({
  type: optional(text()),
  user: optional(text()),
  medium: optional(text()),
  address: optional(text()),
});
export type UserIdentifier = Described<typeof userIdentifier>;

/** Names a validation of a third-party id that the client went through. */
export const threepidCredentials = object({
  sid: text({ maxLength: 255 }),
  client_secret: text({ maxLength: 255 }),
  id_server: optional(text()),
  id_access_token: optional(text()),
});
export type ThreepidCredentials = Described<typeof threepidCredentials>;

/** https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api, with what the offered stages want. */
export const authData = object({
  type: optional(text()),
  session: optional(text({ maxLength: 255 })),
  identifier: optional(userIdentifier),
  user: optional(text()),
  password: optional(text({ maxLength: 4096 })),
  token: optional(text({ maxLength: 255 })),
  threepid_creds: optional(threepidCredentials),
});
export type AuthData = Described<typeof authData>;

/** What a fallback page sends. */
export const authFallbackQuery = new Shape(object({ session: text({ maxLength: 255 }) }));
export const authFallbackRequest = new Shape(authData);

/** The body of the 401 that asks for a stage. */
export const authResponse = new Shape(
  object({
    flows: list(object({ stages: list(text()) })),
    params: optional(anyObject()),
    session: optional(text()),
    completed: optional(list(text())),
    errcode: optional(text()),
    error: optional(text()),
  }),
);
export type AuthResponse = Described<typeof authResponse.schema>;
