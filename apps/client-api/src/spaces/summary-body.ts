import { publishedRoomOf } from '@plexus/matrix-api';
import type { FederatedHierarchyRoom, RoomSummaryBody } from '@plexus/matrix-api';
import type { SeenRoom } from './find-seen-room.ts';

/** The only algorithm that the specification names. */
const MEGOLM = 'm.megolm.v1.aes-sha2';

/** What a summary says of a room (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1room_summaryroomidoralias). */
export function summaryBodyOf({ room, description }: SeenRoom): RoomSummaryBody {
  const { allowedRoomIds, encryption } = description;
  return {
    ...publishedRoomOf({ ...description, roomId: room.roomId, joinedCount: room.joinedCount }),
    room_version: room.roomVersion,
    ...(allowedRoomIds.length > 0 && { allowed_room_ids: allowedRoomIds }),
    ...(encryption === MEGOLM && { encryption }),
  };
}

/** The same, of another server's word. */
export function remoteSummaryBodyOf(room: FederatedHierarchyRoom): RoomSummaryBody {
  const { children_state: _children, room_version: roomVersion = '1', encryption, ...rest } = room;
  return { ...rest, room_version: roomVersion, ...(encryption === MEGOLM && { encryption }) };
}
