import type { RoomDescription } from '@plexus/room-dag';
import type { PublishedRoom } from './directory.ts';

export type DescribedRoom = Omit<RoomDescription, 'allowedRoomIds'> & {
  readonly roomId: string;
  readonly joinedCount: number;
};

/** A room as directories show it; what it lacks is left out. */
export function publishedRoomOf(room: DescribedRoom): PublishedRoom {
  const { roomId, joinedCount, isWorldReadable, guestsCanJoin } = room;
  const { name, topic, canonicalAlias, avatarUrl, joinRule, roomType } = room;
  return {
    room_id: roomId,
    num_joined_members: joinedCount,
    world_readable: isWorldReadable,
    guest_can_join: guestsCanJoin,
    ...(name !== undefined && { name }),
    ...(topic !== undefined && { topic }),
    ...(canonicalAlias !== undefined && { canonical_alias: canonicalAlias }),
    ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
    ...(joinRule !== undefined && { join_rule: joinRule }),
    ...(roomType !== undefined && { room_type: roomType }),
  };
}
