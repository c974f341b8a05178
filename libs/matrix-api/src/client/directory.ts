import { roomIdText } from '../identifiers.ts';
import { integer, list, object, optional, text } from '../schema.ts';
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
