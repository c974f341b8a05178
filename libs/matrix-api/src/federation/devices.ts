import { list, mapOf, object, text } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery */
export const federatedKeysRequest = new Shape(object({ device_keys: mapOf(list(text())) }));

/** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysclaim */
export const federatedClaimRequest = new Shape(object({ one_time_keys: mapOf(mapOf(text())) }));
