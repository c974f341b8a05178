import { anyObject, choice, closedObject, decimal, flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** `POST /_synapse/admin/v1/send_server_notice`, and `PUT` with a transaction id. */
export const sendServerNoticeRequest = new Shape(
  object({ user_id: text(), content: anyObject(), type: optional(text()), state_key: optional(text()) }),
);
export type SendServerNoticeRequest = Described<typeof sendServerNoticeRequest.schema>;
export const sendServerNoticeResponse = new Shape(object({ event_id: text() }));

const audience = closedObject({
  guests: optional(flag()),
  never_consented: optional(flag()),
  inactive_since: optional(integer({ minimum: 0 })),
  users: optional(list(text({ maxLength: 255 }), { maxItems: 10_000 })),
});

/** `POST /_plexus/admin/v1/broadcasts` */
export const startBroadcastRequest = new Shape(
  closedObject({
    server_name: optional(text({ maxLength: 255 })),
    content: anyObject(),
    type: optional(text({ maxLength: 255 })),
    audience: optional(audience),
    per_second: optional(decimal({ minimum: 0.01, maximum: 10_000 })),
    txn_id: optional(text({ maxLength: 255 })),
  }),
);
export type StartBroadcastRequest = Described<typeof startBroadcastRequest.schema>;

const broadcast = object({
  broadcast_id: text(),
  server_name: text(),
  requested_by: text(),
  status: choice(['active', 'paused', 'complete', 'cancelled']),
  type: text(),
  content: anyObject(),
  audience: object({
    guests: optional(flag()),
    never_consented: optional(flag()),
    inactive_since: optional(integer()),
    users: optional(integer()),
  }),
  per_second: decimal(),
  /** Whether all recipients are known. */
  is_listed: flag(),
  recipients: integer(),
  sent: integer(),
  failed: integer(),
  created_at: integer(),
  changed_at: integer(),
  finished_at: optional(integer()),
});
export type BroadcastBody = Described<typeof broadcast>;

/** `GET /_plexus/admin/v1/broadcasts` */
export const broadcastsQuery = new Shape(
  object({ server_name: optional(text()), limit: optional(integer({ minimum: 1 })) }),
);
export const broadcastsResponse = new Shape(object({ broadcasts: list(broadcast) }));
export const broadcastResponse = new Shape(broadcast);

/** `GET /_plexus/admin/v1/broadcasts/{broadcastId}/failed` */
export const failedRecipientsResponse = new Shape(object({ failed: list(object({ user_id: text(), error: text() })) }));
export type FailedRecipientsBody = Described<typeof failedRecipientsResponse.schema>;
