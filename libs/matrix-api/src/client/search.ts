import { choice, flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { roomEventFilterDefinition } from './filter.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3search */
export const searchRequest = new Shape(
  object({
    search_categories: object({
      room_events: optional(
        object({
          search_term: text(),
          keys: optional(list(choice(['content.body', 'content.name', 'content.topic']))),
          filter: optional(roomEventFilterDefinition.schema),
          order_by: optional(choice(['recent', 'rank'])),
          event_context: optional(
            object({
              before_limit: optional(integer({ minimum: 0 })),
              after_limit: optional(integer({ minimum: 0 })),
              include_profile: optional(flag()),
            }),
          ),
          include_state: optional(flag()),
          groupings: optional(
            object({ group_by: optional(list(object({ key: optional(choice(['room_id', 'sender'])) }))) }),
          ),
        }),
      ),
    }),
  }),
);
export type SearchRequest = Described<typeof searchRequest.schema>;
export type RoomEventsCriteria = NonNullable<SearchRequest['search_categories']['room_events']>;

export const searchQuery = new Shape(object({ next_batch: optional(text()) }));
