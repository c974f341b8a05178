import { object } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { pduList } from './pdu-list.ts';

/** Events in an envelope: the answer of `/event` and `/backfill` (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1backfillroomid). */
export const pduTransactionResponse = new Shape(object({ pdus: pduList }));
export type PduTransactionResponse = Described<typeof pduTransactionResponse.schema>;
