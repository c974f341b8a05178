import { anyObject, choice, flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { authData } from './user-interactive-auth.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountpassword */
export const changePasswordRequest = new Shape(
  object({
    auth: optional(authData),
    new_password: text({ maxLength: 4096 }),
    logout_devices: optional(flag()),
  }),
);
export type ChangePasswordRequest = Described<typeof changePasswordRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3accountdeactivate */
export const deactivateRequest = new Shape(
  object({ auth: optional(authData), erase: optional(flag()), id_server: optional(text()) }),
);
export type DeactivateRequest = Described<typeof deactivateRequest.schema>;
export const deactivateResponse = new Shape(object({ id_server_unbind_result: choice(['success', 'no-support']) }));
export type DeactivateResponse = Described<typeof deactivateResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3refresh */
export const refreshRequest = new Shape(object({ refresh_token: text({ maxLength: 1024 }) }));
export const refreshResponse = new Shape(
  object({ access_token: text(), refresh_token: optional(text()), expires_in_ms: optional(integer()) }),
);
export type RefreshResponse = Described<typeof refreshResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1loginget_token */
export const loginTokenRequest = new Shape(object({ auth: optional(authData) }));
export const loginTokenResponse = new Shape(object({ login_token: text(), expires_in_ms: integer() }));
export type LoginTokenResponse = Described<typeof loginTokenResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridopenidrequest_token */
export const openIdTokenRequest = new Shape(anyObject());
export const openIdTokenResponse = new Shape(
  object({ access_token: text(), token_type: text(), matrix_server_name: text(), expires_in: integer() }),
);
export type OpenIdTokenResponse = Described<typeof openIdTokenResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3voipturnserver */
export const turnServerResponse = new Shape(
  object({ username: text(), password: text(), uris: list(text()), ttl: integer() }),
);
export type TurnServerResponse = Described<typeof turnServerResponse.schema>;
