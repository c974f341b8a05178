import { roomIdText, userIdText } from '../identifiers.ts';
import { choice, flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const eventFilterMembers = {
  limit: optional(integer({ minimum: 0 })),
  not_senders: optional(list(userIdText)),
  not_types: optional(list(text())),
  senders: optional(list(userIdText)),
  types: optional(list(text())),
};
const eventFilter = object(eventFilterMembers);

const roomEventFilter = object({
  ...eventFilterMembers,
  unread_thread_notifications: optional(flag()),
  lazy_load_members: optional(flag()),
  include_redundant_members: optional(flag()),
  not_rooms: optional(list(roomIdText)),
  rooms: optional(list(roomIdText)),
  contains_url: optional(flag()),
});

const filter = object({
  event_fields: optional(list(text())),
  event_format: optional(choice(['client', 'federation'])),
  presence: optional(eventFilter),
  account_data: optional(eventFilter),
  room: optional(
    object({
      not_rooms: optional(list(roomIdText)),
      rooms: optional(list(roomIdText)),
      ephemeral: optional(roomEventFilter),
      include_leave: optional(flag()),
      state: optional(roomEventFilter),
      timeline: optional(roomEventFilter),
      account_data: optional(roomEventFilter),
    }),
  ),
});

/** https://spec.matrix.org/v1.19/client-server-api/#filtering */
export const filterDefinition = new Shape(filter);
export type FilterDefinition = Described<typeof filter>;
export type EventFilter = Described<typeof eventFilter>;

/** What `/messages` takes as `filter`. */
export const roomEventFilterDefinition = new Shape(roomEventFilter);
export type RoomEventFilter = Described<typeof roomEventFilter>;

export const filterIdResponse = new Shape(object({ filter_id: text({ pattern: '^[^{]' }) }));
