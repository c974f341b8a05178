import { choice, flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const queue = object({
  appservice_id: text(),
  /** `off`: nothing is sent to it, because its registration has no URL. */
  state: choice(['up', 'down', 'off']),
  paused: flag(),
  /** How many items are not sent, and for how many milliseconds the oldest has waited. */
  backlog: integer(),
  oldest_age: optional(integer()),
  /** Items have positions: of the oldest that can be sent again, the last that was sent or is under way, and the last that there is. */
  first_position: optional(integer()),
  taken_position: integer(),
  last_position: integer(),
  /** How often in a row it took nothing, and in how many milliseconds it is tried again. */
  failures: integer(),
  retry_in: optional(integer()),
  failing_since: optional(integer()),
  last_error: optional(text()),
  last_sent_at: optional(integer()),
  transaction_id: optional(text()),
});

/** `GET /_plexus/admin/v1/appservices/{id}/queue` */
export const appserviceQueueResponse = new Shape(queue);
export type AppserviceQueueBody = Described<typeof queue>;

/** `GET /_plexus/admin/v1/appservice_queues` */
export const appserviceQueuesResponse = new Shape(object({ queues: list(queue) }));
export type AppserviceQueuesBody = Described<typeof appserviceQueuesResponse.schema>;

/** `POST /_plexus/admin/v1/appservices/{id}/queue/skip` */
export const skipQueueRequest = new Shape(object({ up_to_position: optional(integer({ minimum: 0 })) }));

/** `POST /_plexus/admin/v1/appservices/{id}/queue/replay` */
export const replayQueueRequest = new Shape(object({ from_position: integer({ minimum: 1 }) }));
