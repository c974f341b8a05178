import { roomIdText, userIdText } from '../identifiers.ts';
import { anyObject, choice, flag, integer, list, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const described = {
  room_id: text(),
  name: nullable(text()),
  canonical_alias: nullable(text()),
  joined_members: integer(),
  joined_local_members: integer(),
  version: text(),
  creator: nullable(text()),
  encryption: nullable(text()),
  federatable: flag(),
  public: flag(),
  join_rules: nullable(text()),
  guest_access: nullable(text()),
  history_visibility: nullable(text()),
  state_events: integer(),
  room_type: nullable(text()),
};

/** `GET /_synapse/admin/v1/rooms/{roomId}` */
export const adminRoomResponse = new Shape(
  object({
    ...described,
    topic: nullable(text()),
    avatar: nullable(text()),
    joined_local_devices: integer(),
    forgotten: flag(),
    tombstoned: flag(),
    replacement_room: nullable(text()),
  }),
);
export type AdminRoomDetails = Described<typeof adminRoomResponse.schema>;

/** `GET /_synapse/admin/v1/rooms` */
export const adminRoomsQuery = new Shape(
  object({
    from: optional(integer({ minimum: 0 })),
    limit: optional(integer({ minimum: 0 })),
    order_by: optional(text()),
    dir: optional(choice(['f', 'b'])),
    search_term: optional(text()),
    public_rooms: optional(flag()),
    empty_rooms: optional(flag()),
  }),
);
export const adminRoomsResponse = new Shape(
  object({
    rooms: list(object(described)),
    offset: integer(),
    total_rooms: integer(),
    next_batch: optional(integer()),
    prev_batch: optional(integer()),
  }),
);
export type AdminRoomsBody = Described<typeof adminRoomsResponse.schema>;

export const adminRoomMembersResponse = new Shape(object({ members: list(text()), total: integer() }));
export const adminRoomStateResponse = new Shape(object({ state: list(anyObject()) }));
export const adminRoomStateQuery = new Shape(object({ type: optional(text()) }));

/** `GET`/`PUT /_synapse/admin/v1/rooms/{roomId}/block` */
export const blockRoomRequest = new Shape(object({ block: flag() }));
export const blockRoomResponse = new Shape(object({ block: flag(), user_id: optional(text()) }));
export type BlockRoomBody = Described<typeof blockRoomResponse.schema>;

/** `DELETE /_synapse/admin/v1/rooms/{roomId}`, and of `v2` */
export const deleteRoomRequest = new Shape(
  object({
    new_room_user_id: optional(nullable(text())),
    room_name: optional(nullable(text())),
    message: optional(nullable(text())),
    block: optional(flag()),
    purge: optional(flag()),
    force_purge: optional(flag()),
  }),
);
export type DeleteRoomRequest = Described<typeof deleteRoomRequest.schema>;

const shutdown = {
  kicked_users: list(text()),
  failed_to_kick_users: list(text()),
  local_aliases: list(text()),
  new_room_id: nullable(text()),
};
export const deleteRoomResponse = new Shape(object(shutdown));
export const deleteRoomIdResponse = new Shape(object({ delete_id: text() }));

const deleteStatus = object({
  delete_id: text(),
  status: choice(['scheduled', 'active', 'complete', 'failed']),
  error: optional(text()),
  shutdown_room: object(shutdown),
});
export const deleteStatusResponse = new Shape(deleteStatus);
export type DeleteStatusBody = Described<typeof deleteStatus>;
export const deleteStatusesResponse = new Shape(object({ results: list(deleteStatus) }));

/** `POST /_synapse/admin/v1/rooms/{roomId}/make_room_admin` */
export const makeRoomAdminRequest = new Shape(object({ user_id: optional(userIdText) }));

/** `POST /_synapse/admin/v1/join/{roomIdOrAlias}` */
export const adminJoinRequest = new Shape(object({ user_id: userIdText }));
export const adminJoinResponse = new Shape(object({ room_id: roomIdText }));

/** `GET /_synapse/admin/v1/rooms/{roomId}/forward_extremities` */
export const forwardExtremitiesResponse = new Shape(
  object({
    count: integer(),
    results: list(object({ event_id: text(), state_group: integer(), depth: integer(), received_ts: integer() })),
  }),
);
export type ForwardExtremitiesBody = Described<typeof forwardExtremitiesResponse.schema>;
export const removedExtremitiesResponse = new Shape(object({ deleted: integer() }));
