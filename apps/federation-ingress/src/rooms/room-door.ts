import { isRoomId, MatrixError } from '@plexus/matrix-base';
import type { RoomReader, RoomRecord } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { ServerAclReader } from './server-acl-reader.ts';

export interface RoomDoorPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'countJoined'>;
  readonly acls: Pick<ServerAclReader, 'allows'>;
}

/**
 * Which rooms a server may ask a hosted server about. A room that is stored here, and in which the server that is asked is not, is unknown to that
 * server; one whose server ACL denies the server that asks is closed to it.
 */
export class RoomDoor {
  readonly #ports: RoomDoorPorts;

  constructor(ports: RoomDoorPorts) {
    this.#ports = ports;
  }

  /** A room in which both servers are. Throws 404 `M_NOT_FOUND` and 403 `M_FORBIDDEN`. */
  async forResident(parties: Parties, roomId: string): Promise<RoomRecord> {
    const found = await this.#find(parties, roomId);
    if (found.isOriginResident) return found.room;
    throw new MatrixError('M_FORBIDDEN', 403, `${parties.origin} is not in the room`);
  }

  /** A room that the server which asks may come into. Throws 404 `M_NOT_FOUND` and 403 `M_FORBIDDEN`. */
  async forVisitor(parties: Parties, roomId: string): Promise<RoomRecord> {
    return (await this.#find(parties, roomId)).room;
  }

  /** As `forVisitor`, for somebody who is to be let in: while members are missing here, nobody can tell whether they are banned. */
  async forNewcomer(parties: Parties, roomId: string): Promise<RoomRecord> {
    return requireWholeState(await this.forVisitor(parties, roomId));
  }

  async #find(
    { origin, destination }: Parties,
    roomId: string,
  ): Promise<{ readonly room: RoomRecord; readonly isOriginResident: boolean }> {
    if (!isRoomId(roomId)) throw new MatrixError('M_INVALID_PARAM', 400, 'The room id is none');
    const { rooms, acls } = this.#ports;
    const room = await rooms.findRoom(roomId);
    const joined = room && (await rooms.countJoined(room.shard, room.roomNid, [origin, destination]));
    if (room === undefined || joined?.has(destination) !== true) throw unknownRoom(destination);
    if (!(await acls.allows(room, origin))) throw bannedFromRoom();
    return { room, isOriginResident: joined.has(origin) };
  }
}

/** Throws 404 `M_NOT_FOUND` as long as the room's state lacks members: whoever wants it has other servers to ask. */
export function requireWholeState(room: RoomRecord): RoomRecord {
  if (room.partialJoin === undefined) return room;
  throw new MatrixError('M_NOT_FOUND', 404, 'This server does not know the whole state of the room yet');
}

export function unknownRoom(serverName: string): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, `${serverName} knows no such room`);
}

export function bannedFromRoom(): MatrixError {
  return new MatrixError('M_FORBIDDEN', 403, 'Server is banned from room');
}
