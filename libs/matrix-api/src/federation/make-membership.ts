import { object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { pduObject } from './pdu-list.ts';

/**
 * The template of a membership event: the answer of `make_join`, `make_leave` and `make_knock`
 * (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid). A room without a version has version 1.
 */
export const makeMembershipResponse = new Shape(object({ room_version: optional(text()), event: pduObject }));
export type MakeMembershipResponse = Described<typeof makeMembershipResponse.schema>;
