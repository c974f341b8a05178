import { flag, object, text } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1registermloginregistration_tokenvalidity */
export const registrationTokenValidityQuery = new Shape(object({ token: text({ maxLength: 255 }) }));
export const registrationTokenValidityResponse = new Shape(object({ valid: flag() }));
