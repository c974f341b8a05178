import { anyObject, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#user-interactive-authentication-api */
export const authData = object({ type: optional(text()), session: optional(text({ maxLength: 255 })) });
export type AuthData = Described<typeof authData>;

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
