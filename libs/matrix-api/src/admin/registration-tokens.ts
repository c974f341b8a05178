import { flag, integer, list, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const token = object({
  token: text(),
  uses_allowed: nullable(integer()),
  pending: integer(),
  completed: integer(),
  expiry_time: nullable(integer()),
});
export type RegistrationTokenBody = Described<typeof token>;

/** The endpoints below `/_synapse/admin/v1/registration_tokens`, as Synapse has them. */
export const registrationTokenResponse = new Shape(token);
export const registrationTokensResponse = new Shape(object({ registration_tokens: list(token) }));
export const registrationTokensQuery = new Shape(object({ valid: optional(flag()) }));
export const newRegistrationTokenRequest = new Shape(
  object({
    token: optional(text()),
    length: optional(integer()),
    uses_allowed: optional(nullable(integer({ minimum: 0 }))),
    expiry_time: optional(nullable(integer({ minimum: 0 }))),
  }),
);
export const changeRegistrationTokenRequest = new Shape(
  object({
    uses_allowed: optional(nullable(integer({ minimum: 0 }))),
    expiry_time: optional(nullable(integer({ minimum: 0 }))),
  }),
);

/** `GET` and `POST /_synapse/admin/v1/register`, as Synapse has them. */
export const nonceResponse = new Shape(object({ nonce: text() }));
export const secretRegistrationRequest = new Shape(
  object({
    nonce: text(),
    username: text({ maxLength: 512 }),
    password: text({ maxLength: 512 }),
    mac: text(),
    displayname: optional(text({ maxLength: 256 })),
    admin: optional(flag()),
    user_type: optional(text()),
    inhibit_login: optional(flag()),
  }),
);
export type SecretRegistrationRequest = Described<typeof secretRegistrationRequest.schema>;
export const secretRegistrationResponse = new Shape(
  object({
    user_id: text({ pattern: '^@' }),
    home_server: text(),
    access_token: optional(text()),
    device_id: optional(text()),
  }),
);
export type SecretRegistrationResponse = Described<typeof secretRegistrationResponse.schema>;
