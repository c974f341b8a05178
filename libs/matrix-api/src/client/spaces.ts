import { anyObject, choice, flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import type { PublishedRoom } from './directory.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy */
export const hierarchyQuery = new Shape(
  object({
    suggested_only: optional(flag()),
    limit: optional(integer({ minimum: 1 })),
    max_depth: optional(integer({ minimum: 0 })),
    from: optional(text()),
  }),
);
export type HierarchyQuery = Described<typeof hierarchyQuery.schema>;

const summaryParts = object({
  allowed_room_ids: optional(list(text())),
  encryption: optional(choice(['m.megolm.v1.aes-sha2'])),
  room_version: text(),
});
/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias */
export type RoomSummaryBody = PublishedRoom & Described<typeof summaryParts>;

const childState = object({
  type: text(),
  state_key: text(),
  sender: text(),
  content: anyObject(),
  origin_server_ts: integer(),
});
export type HierarchyRoom = RoomSummaryBody & { readonly children_state: Described<typeof childState>[] };

export interface HierarchyResponse {
  readonly rooms: HierarchyRoom[];
  readonly next_batch?: string;
}
