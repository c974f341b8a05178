import { anyObject, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { authData } from './user-interactive-auth.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3registeremailrequesttoken and its like. */
export const emailTokenRequest = new Shape(
  object({
    client_secret: text({ maxLength: 255 }),
    email: text({ maxLength: 1024 }),
    send_attempt: integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    next_link: optional(text({ maxLength: 4096 })),
    id_server: optional(text()),
    id_access_token: optional(text()),
  }),
);
export type EmailTokenRequest = Described<typeof emailTokenRequest.schema>;
export const requestTokenResponse = new Shape(object({ sid: text(), submit_url: optional(text()) }));

/** Of phone numbers, which are not taken: any request has one answer. */
export const phoneTokenRequest = new Shape(anyObject());

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3account3pid */
export const threepidsResponse = new Shape(
  object({
    threepids: list(object({ medium: text(), address: text(), validated_at: integer(), added_at: integer() })),
  }),
);
export type ThreepidsResponse = Described<typeof threepidsResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3account3pidadd */
export const addThreepidRequest = new Shape(
  object({ auth: optional(authData), client_secret: text({ maxLength: 255 }), sid: text({ maxLength: 255 }) }),
);
export type AddThreepidRequest = Described<typeof addThreepidRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3account3piddelete */
export const removeThreepidRequest = new Shape(
  object({ medium: text(), address: text({ maxLength: 1024 }), id_server: optional(text()) }),
);
export const removeThreepidResponse = new Shape(object({ id_server_unbind_result: text() }));

const identityServerCredentials = object({
  client_secret: text({ maxLength: 255 }),
  sid: text({ maxLength: 255 }),
  id_server: text({ maxLength: 255 }),
  id_access_token: text({ maxLength: 4096 }),
});

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3account3pidbind */
export const bindThreepidRequest = new Shape(identityServerCredentials);

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3account3pid; clients of older versions send no token. */
export const addBoundThreepidRequest = new Shape(
  object({
    three_pid_creds: object({
      client_secret: text({ maxLength: 255 }),
      sid: text({ maxLength: 255 }),
      id_server: text({ maxLength: 255 }),
      id_access_token: optional(text({ maxLength: 4096 })),
    }),
  }),
);

/** The link in a mail. */
export const submitTokenQuery = new Shape(object({ sid: text({ maxLength: 255 }), token: text({ maxLength: 255 }) }));
