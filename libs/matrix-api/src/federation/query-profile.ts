import { anyObject } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** Any fields of a profile (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile). */
export const queryProfileResponse = new Shape(anyObject());
export type QueryProfileResponse = Described<typeof queryProfileResponse.schema>;
