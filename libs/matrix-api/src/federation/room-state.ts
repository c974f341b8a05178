import { list, object } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { eventIdText } from '../identifiers.ts';
import { pduList } from './pdu-list.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1state_idsroomid */
export const stateIdsResponse = new Shape(object({ auth_chain_ids: list(eventIdText), pdu_ids: list(eventIdText) }));
export type StateIdsResponse = Described<typeof stateIdsResponse.schema>;

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1event_authroomideventid */
export const eventAuthResponse = new Shape(object({ auth_chain: pduList }));
export type EventAuthResponse = Described<typeof eventAuthResponse.schema>;
