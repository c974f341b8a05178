import { isRoomId } from '@plexus/matrix-base';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomAs, RoomReader, RoomRecord } from '@plexus/storage';
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
  readonly rooms: Pick<RoomReader, 'findRoomsAs'>;
  readonly acls: Pick<ServerAclReader, 'allows'>;
}

const UNKNOWN: RoomForPdus = { outcome: 'unknown' };

/** Decides what becomes of PDUs and EDUs of rooms before they are looked at. */
export async function findRoomsForPdus(
  { rooms, acls }: FindRoomForPdusPorts,
  { origin, destination }: Parties,
  roomIds: readonly string[],
): Promise<Map<string, RoomForPdus>> {
  const found = await rooms.findRoomsAs(destination, [...new Set(roomIds)].filter(isRoomId));
  const decided = await Promise.all(
    [...found].map(async ([roomId, room]) => [roomId, await decide(acls, origin, room)] as const),
  );
  return new Map(decided);
}

export async function findRoomForPdus(
  ports: FindRoomForPdusPorts,
  parties: Parties,
  roomId: string,
): Promise<RoomForPdus> {
  return (await findRoomsForPdus(ports, parties, [roomId])).get(roomId) ?? UNKNOWN;
}

async function decide(
  acls: FindRoomForPdusPorts['acls'],
  origin: string,
  { room, isResident }: RoomAs,
): Promise<RoomForPdus> {
  const rules = findRoomVersion(room.roomVersion);
  if (rules === undefined || !isResident) return UNKNOWN;
  return { outcome: (await acls.allows(room, origin)) ? 'open' : 'denied', room, rules };
}
