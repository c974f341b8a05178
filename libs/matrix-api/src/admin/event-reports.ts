import { anyObject, choice, integer, list, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const report = {
  id: integer(),
  received_ts: integer(),
  room_id: text(),
  event_id: text(),
  user_id: text(),
  reason: nullable(text()),
  score: nullable(integer()),
  sender: text(),
  canonical_alias: nullable(text()),
  name: nullable(text()),
};

/** `GET /_synapse/admin/v1/event_reports` */
export const eventReportsQuery = new Shape(
  object({
    from: optional(integer({ minimum: 0 })),
    limit: optional(integer({ minimum: 0 })),
    dir: optional(choice(['f', 'b'])),
    user_id: optional(text()),
    room_id: optional(text()),
    event_sender_user_id: optional(text()),
  }),
);
export const eventReportsResponse = new Shape(
  object({ event_reports: list(object(report)), total: integer(), next_token: optional(integer()) }),
);
export type EventReportsBody = Described<typeof eventReportsResponse.schema>;

export const eventReportResponse = new Shape(object({ ...report, event_json: nullable(anyObject()) }));
export type EventReportBody = Described<typeof eventReportResponse.schema>;
