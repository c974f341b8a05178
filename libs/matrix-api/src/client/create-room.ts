import { roomIdText, userIdText } from '../identifiers.ts';
import { anyObject, choice, flag, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3createroom */
export const createRoomRequest = new Shape(
  object({
    visibility: optional(choice(['public', 'private'])),
    room_alias_name: optional(text()),
    name: optional(text()),
    topic: optional(text()),
    invite: optional(list(userIdText, { maxItems: 1000 })),
    invite_3pid: optional(
      list(object({ id_server: text(), id_access_token: text(), medium: text(), address: text() }), { maxItems: 1000 }),
    ),
    room_version: optional(text()),
    creation_content: optional(anyObject()),
    initial_state: optional(
      list(object({ type: text(), state_key: optional(text()), content: anyObject() }), { maxItems: 10_000 }),
    ),
    preset: optional(choice(['private_chat', 'public_chat', 'trusted_private_chat'])),
    is_direct: optional(flag()),
    power_level_content_override: optional(anyObject()),
  }),
);
export type CreateRoomRequest = Described<typeof createRoomRequest.schema>;

export const createRoomResponse = new Shape(object({ room_id: roomIdText }));
