import { flag, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { pduList, pduObject } from './pdu-list.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid */
export const sendJoinResponse = new Shape(
  object({
    auth_chain: pduList,
    state: pduList,
    event: optional(pduObject),
    members_omitted: optional(flag()),
    servers_in_room: optional(list(text())),
  }),
);
export type SendJoinResponse = Described<typeof sendJoinResponse.schema>;
