import { object } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { pduObject } from './pdu-list.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid */
export const inviteResponse = new Shape(object({ event: pduObject }));
export type InviteResponse = Described<typeof inviteResponse.schema>;
