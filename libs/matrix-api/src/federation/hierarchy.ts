import { roomIdText } from '../identifiers.ts';
import { anyObject, flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const summaryMembers = {
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
  room_version: optional(text()),
  encryption: optional(text()),
  allowed_room_ids: optional(list(text())),
} as const;

const childState = object({
  type: text(),
  state_key: text(),
  sender: text(),
  content: anyObject(),
  origin_server_ts: integer(),
});

const summary = object(summaryMembers);
/** What another server says of a room that a space leads to. */
export type FederatedRoomSummary = Described<typeof summary>;

const parent = object({ ...summaryMembers, children_state: list(childState) });
/** The same of the room that was asked for, with what it leads to. */
export type FederatedHierarchyRoom = Described<typeof parent>;

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid */
export const federatedHierarchyResponse = new Shape(
  object({ room: parent, children: list(summary), inaccessible_children: optional(list(text())) }),
);
export type FederatedHierarchyResponse = Described<typeof federatedHierarchyResponse.schema>;
