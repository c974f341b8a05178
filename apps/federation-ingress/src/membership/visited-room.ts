import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import { findRoomVersion } from '@plexus/room-dag';
import type { RoomVersionRules } from '@plexus/room-dag';
import type { RoomRecord } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { RoomDoor } from '../rooms/room-door.ts';

/** A room into which, or out of which, another server's user wants to go. */
export interface VisitedRoom {
  readonly room: RoomRecord;
  readonly rules: RoomVersionRules;
}

/** Throws as `RoomDoor` does. */
export async function findVisitedRoom(
  door: Pick<RoomDoor, 'forNewcomer' | 'forVisitor'>,
  parties: Parties,
  { roomId, membership }: { readonly roomId: string; readonly membership: 'join' | 'knock' | 'leave' },
): Promise<VisitedRoom> {
  const isLeaving = membership === 'leave';
  const room = isLeaving ? await door.forVisitor(parties, roomId) : await door.forNewcomer(parties, roomId);
  const rules = findRoomVersion(room.roomVersion);
  if (rules === undefined) throw new TypeError(`a stored room has the unknown version ${room.roomVersion}`);
  return { room, rules };
}

/** Throws 400 for what is no user id, 403 for a user of a third server. */
export function requireUserOf({ origin }: Parties, userId: string): void {
  if (!isUserId(userId)) throw new MatrixError('M_INVALID_PARAM', 400, 'The user id is none');
  if (serverNameOf(userId) === origin) return;
  throw new MatrixError('M_FORBIDDEN', 403, `${userId} is not a user of ${origin}`);
}

/** Throws 400 `M_INCOMPATIBLE_ROOM_VERSION` unless the other server knows the room's version; who says nothing knows version 1. */
export function requireVersion({ version }: RoomVersionRules, known: readonly string[] = ['1']): void {
  if (known.includes(version)) return;
  const because = `Your homeserver does not support the features required to take part in rooms of version ${version}`;
  throw new MatrixError('M_INCOMPATIBLE_ROOM_VERSION', 400, because, { room_version: version });
}
