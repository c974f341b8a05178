import { object } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { pduList } from './pdu-list.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1send_knockroomideventid */
export const sendKnockResponse = new Shape(object({ knock_room_state: pduList }));
export type SendKnockResponse = Described<typeof sendKnockResponse.schema>;
