import { anyObject, choice, integer, list, mapOf, object, optional, text } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1appserviceappserviceidping */
export const pingAppserviceRequest = new Shape(object({ transaction_id: optional(text({ maxLength: 255 })) }));
export const pingAppserviceResponse = new Shape(object({ duration_ms: integer() }));

/** https://spec.matrix.org/v1.19/application-service-api/#put_matrixclientv3directorylistappservicenetworkidroomid */
export const networkVisibilityRequest = new Shape(object({ visibility: choice(['public', 'private']) }));

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3thirdpartyprotocols */
export const protocolsResponse = new Shape(mapOf(anyObject()));
export const locationsResponse = new Shape(list(object({ alias: text(), protocol: text(), fields: anyObject() })));
export const thirdPartyUsersResponse = new Shape(
  list(object({ userid: text(), protocol: text(), fields: anyObject() })),
);

export const locationByAliasQuery = new Shape(object({ alias: text() }));
export const userByIdQuery = new Shape(object({ userid: text() }));
