import { choice, integer, list, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const destination = object({
  destination: text(),
  retry_last_ts: integer(),
  retry_interval: integer(),
  failure_ts: nullable(integer()),
  last_successful_stream_ordering: nullable(integer()),
});

/** `GET /_synapse/admin/v1/federation/destinations/{destination}` */
export const adminDestinationResponse = new Shape(destination);
export type AdminDestinationBody = Described<typeof destination>;

const page = {
  from: optional(integer({ minimum: 0 })),
  limit: optional(integer({ minimum: 0 })),
  dir: optional(choice(['f', 'b'])),
};

/** `GET /_synapse/admin/v1/federation/destinations` */
export const adminDestinationsQuery = new Shape(
  object({ ...page, destination: optional(text()), order_by: optional(text()) }),
);
export const adminDestinationsResponse = new Shape(
  object({ destinations: list(destination), total: integer(), next_token: optional(text()) }),
);
export type AdminDestinationsBody = Described<typeof adminDestinationsResponse.schema>;

/** `GET /_synapse/admin/v1/federation/destinations/{destination}/rooms` */
export const adminDestinationRoomsQuery = new Shape(object(page));
export const adminDestinationRoomsResponse = new Shape(
  object({
    rooms: list(object({ room_id: text(), stream_ordering: integer() })),
    total: integer(),
    next_token: optional(text()),
  }),
);
export type AdminDestinationRoomsBody = Described<typeof adminDestinationRoomsResponse.schema>;
