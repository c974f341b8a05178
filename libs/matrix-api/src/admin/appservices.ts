import { anyObject, flag, integer, list, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const namespace = object({ regex: text(), exclusive: flag() });

/** An application service as administrators see it: as its registration says, without its tokens. */
const appservice = object({
  id: text(),
  url: nullable(text()),
  sender_localpart: text(),
  namespaces: object({ users: list(namespace), aliases: list(namespace), rooms: list(namespace) }),
  protocols: list(text()),
  rate_limited: flag(),
  ip_range_whitelist: list(text()),
  receive_ephemeral: flag(),
  'org.matrix.msc3202': flag(),
  'io.element.msc4190': flag(),
  /** Null: all of them. */
  servers: nullable(list(text())),
  origin: text(),
  version: integer(),
  created_at: integer(),
  /** Until when tokens are good that were replaced. */
  former_tokens_expire_at: list(integer()),
});
export type AppserviceBody = Described<typeof appservice>;
export const appserviceResponse = new Shape(appservice);
export const appservicesResponse = new Shape(object({ appservices: list(appservice) }));

/** A registration, as in a file: what is wrong with it is for its own reader to say. */
export const appserviceRequest = new Shape(anyObject());
export const appserviceServers = new Shape(
  object({ servers: optional(nullable(list(text({ maxLength: 255 }), { maxItems: 10_000 }))) }),
);

const secret = text({ pattern: '^[!-~]+$', maxLength: 1000 });
export const rotateTokensRequest = new Shape(
  object({
    as_token: optional(secret),
    hs_token: optional(secret),
    /** Whether a new `hs_token` is made, where none is given. */
    new_hs_token: optional(flag()),
    overlap_ms: optional(integer({ minimum: 0, maximum: 30 * 24 * 3_600_000 })),
  }),
);
export type RotateTokensRequest = Described<typeof rotateTokensRequest.schema>;

const tokens = object({ as_token: text(), hs_token: optional(text()) });
export const rotateTokensResponse = new Shape(tokens);
export type RotateTokensResponse = Described<typeof tokens>;
