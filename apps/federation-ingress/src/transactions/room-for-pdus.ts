import { isRoomId } from '@plexus/matrix-base';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomReader, RoomRecord } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { ServerAclReader } from '../rooms/server-acl-reader.ts';

/**
 * What a server may send of a room. `unknown`: the addressed server is not in it, whoever else here is. `denied`: the room's server ACL keeps the
 * sending server out.
 */
export type RoomForPdus =
  | { readonly outcome: 'open' | 'denied'; readonly room: RoomRecord; readonly rules: RoomVersionRules }
  | { readonly outcome: 'unknown' };

export interface FindRoomForPdusPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'countJoined'>;
  readonly acls: Pick<ServerAclReader, 'allows'>;
}

/** Decides what becomes of PDUs and EDUs of a room before they are looked at. */
export async function findRoomForPdus(
  { rooms, acls }: FindRoomForPdusPorts,
  { origin, destination }: Parties,
  roomId: string,
): Promise<RoomForPdus> {
  const room = isRoomId(roomId) ? await rooms.findRoom(roomId) : undefined;
  const rules = room && findRoomVersion(room.roomVersion);
  if (room === undefined || rules === undefined) return { outcome: 'unknown' };
  const joined = await rooms.countJoined(room.shard, room.roomNid, [destination]);
  if (!joined.has(destination)) return { outcome: 'unknown' };
  return { outcome: (await acls.allows(room, origin)) ? 'open' : 'denied', room, rules };
}
