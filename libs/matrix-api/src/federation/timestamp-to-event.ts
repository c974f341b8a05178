import { eventIdText } from '../identifiers.ts';
import { integer, object } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1timestamp_to_eventroomid */
export const timestampToEventResponse = new Shape(object({ event_id: eventIdText, origin_server_ts: integer() }));
export type TimestampToEventResponse = Described<typeof timestampToEventResponse.schema>;
