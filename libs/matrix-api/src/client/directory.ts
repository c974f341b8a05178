import { roomIdText } from '../identifiers.ts';
import { choice, flag, integer, list, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3directoryroomroomalias */
export const addAliasRequest = new Shape(object({ room_id: roomIdText }));

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mutual_rooms */
export const mutualRoomsQuery = new Shape(object({ user_id: text(), from: optional(text()) }));

export const mutualRoomsResponse = new Shape(
  object({ joined: list(roomIdText), count: integer(), next_batch: optional(text()) }),
);
export type MutualRoomsResponse = Described<typeof mutualRoomsResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3directorylistroomroomid */
export const visibilityRequest = new Shape(object({ visibility: optional(choice(['public', 'private'])) }));

export const publicRoomsServerQuery = new Shape(object({ server: optional(text()) }));

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3publicrooms */
export const publicRoomsQuery = new Shape(
  object({ limit: optional(integer({ minimum: 0 })), since: optional(text()), server: optional(text()) }),
);

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3publicrooms */
export const publicRoomsRequest = new Shape(
  object({
    limit: optional(integer({ minimum: 0 })),
    since: optional(text()),
    filter: optional(
      object({
        generic_search_term: optional(text()),
        room_types: optional(list(nullable(text()), { maxItems: 100 })),
      }),
    ),
    include_all_networks: optional(flag()),
    third_party_instance_id: optional(text()),
  }),
);
export type PublicRoomsRequest = Described<typeof publicRoomsRequest.schema>;

const publishedRoom = object({
  room_id: roomIdText,
  num_joined_members: integer(),
  world_readable: flag(),
  guest_can_join: flag(),
  name: optional(text()),
  topic: optional(text()),
  canonical_alias: optional(text()),
  avatar_url: optional(text()),
  join_rule: optional(text()),
  room_type: optional(text()),
});
export type PublishedRoom = Described<typeof publishedRoom>;

export const publicRoomsResponse = new Shape(
  object({
    chunk: list(publishedRoom),
    next_batch: optional(text()),
    prev_batch: optional(text()),
    total_room_count_estimate: optional(integer()),
  }),
);
export type PublicRoomsResponse = Described<typeof publicRoomsResponse.schema>;
