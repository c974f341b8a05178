import { integer, list, object, optional, text } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1stateroomid */
export const stateAtQuery = new Shape(object({ event_id: text() }));

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1backfillroomid */
export const backfillQuery = new Shape(object({ v: list(text()), limit: integer({ minimum: 0 }) }));

/** https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1get_missing_eventsroomid */
export const missingEventsRequest = new Shape(
  object({
    earliest_events: list(text()),
    latest_events: list(text()),
    limit: optional(integer({ minimum: 0 })),
    min_depth: optional(integer()),
  }),
);
