import { anyObject, choice, flag, integer, list, mapOf, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** The parameters of https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync */
export const syncQuery = new Shape(
  object({
    filter: optional(text()),
    since: optional(text()),
    full_state: optional(flag()),
    set_presence: optional(choice(['offline', 'online', 'unavailable'])),
    timeout: optional(integer({ minimum: 0 })),
    use_state_after: optional(flag()),
  }),
);
export type SyncQuery = Described<typeof syncQuery.schema>;

/** The parameters of https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3events, and of the form for rooms that one is not in. */
export const eventsQuery = new Shape(
  object({ from: optional(text()), timeout: optional(integer({ minimum: 0 })), room_id: optional(text()) }),
);

/** The parameters of https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3initialsync */
export const initialSyncQuery = new Shape(
  object({ limit: optional(integer({ minimum: 0 })), archived: optional(flag()) }),
);

const event = object({
  event_id: text({ pattern: '^\\$' }),
  type: text(),
  sender: text({ pattern: '^@' }),
  origin_server_ts: integer(),
  content: anyObject(),
  state_key: optional(text()),
  unsigned: optional(anyObject()),
});
const events = object({ events: list(event) });
const timeline = object({ events: list(event), limited: flag(), prev_batch: optional(text()) });
const summary = object({
  'm.heroes': optional(list(text({ pattern: '^@' }))),
  'm.joined_member_count': optional(integer({ minimum: 0 })),
  'm.invited_member_count': optional(integer({ minimum: 0 })),
});
const accountData = object({ events: list(object({ type: text(), content: anyObject() })) });
const toDevice = object({
  events: list(object({ type: text(), sender: text({ pattern: '^@' }), content: anyObject() })),
});
const room = object({
  timeline,
  state: optional(events),
  state_after: optional(events),
  summary: optional(summary),
  account_data: optional(accountData),
});
const strippedEvent = object({
  type: text(),
  state_key: text(),
  sender: text({ pattern: '^@' }),
  content: anyObject(),
});
const stripped = object({ events: list(strippedEvent) });

/** What `/sync` answers where no filter changes the events' form. */
export const syncResponse = new Shape(
  object({
    next_batch: text(),
    account_data: optional(accountData),
    to_device: optional(toDevice),
    rooms: optional(
      object({
        join: optional(mapOf(room)),
        invite: optional(mapOf(object({ invite_state: stripped }))),
        knock: optional(mapOf(object({ knock_state: stripped }))),
        leave: optional(mapOf(room)),
      }),
    ),
  }),
);
