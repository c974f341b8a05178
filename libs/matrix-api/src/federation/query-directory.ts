import { roomIdText } from '../identifiers.ts';
import { list, object, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1querydirectory */
export const queryDirectoryResponse = new Shape(object({ room_id: roomIdText, servers: list(text()) }));
export type QueryDirectoryResponse = Described<typeof queryDirectoryResponse.schema>;
