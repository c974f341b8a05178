import { object } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { pduList } from './pdu-list.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1get_missing_eventsroomid */
export const missingEventsResponse = new Shape(object({ events: pduList }));
export type MissingEventsResponse = Described<typeof missingEventsResponse.schema>;
