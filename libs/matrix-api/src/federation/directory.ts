import { flag, integer, object, optional, text } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile */
export const profileQuery = new Shape(object({ user_id: text(), field: optional(text()) }));

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1querydirectory */
export const directoryQuery = new Shape(object({ room_alias: text() }));

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1publicrooms */
export const federatedPublicRoomsQuery = new Shape(
  object({ limit: optional(integer({ minimum: 0 })), since: optional(text()) }),
);

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid */
export const federatedHierarchyQuery = new Shape(object({ suggested_only: optional(flag()) }));

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1openiduserinfo */
export const openIdQuery = new Shape(object({ access_token: optional(text()) }));
