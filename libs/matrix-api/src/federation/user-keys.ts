import { anyObject, anyValue, mapOf, object, optional } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery */
export const federatedKeysResponse = new Shape(
  object({
    device_keys: mapOf(mapOf(anyObject())),
    master_keys: optional(mapOf(anyObject())),
    self_signing_keys: optional(mapOf(anyObject())),
  }),
);
export type FederatedKeysResponse = Described<typeof federatedKeysResponse.schema>;

/** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysclaim */
export const federatedClaimResponse = new Shape(object({ one_time_keys: mapOf(mapOf(mapOf(anyValue()))) }));
export type FederatedClaimResponse = Described<typeof federatedClaimResponse.schema>;
