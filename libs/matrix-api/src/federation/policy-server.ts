import { anyObject, mapOf, object, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#post_matrixpolicyv1sign: signatures by server name and key id. */
export const policySignResponse = new Shape(anyObject());
export type PolicySignResponse = Described<typeof policySignResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixpolicy_server */
export const policyServerWellKnownResponse = new Shape(object({ public_keys: mapOf(text()) }));
export type PolicyServerWellKnownResponse = Described<typeof policyServerWellKnownResponse.schema>;
