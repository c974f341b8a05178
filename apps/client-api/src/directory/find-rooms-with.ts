import { serverNameOf } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { RoomReader, UserRoom, UserRoomReader } from '@plexus/storage';

export interface FindRoomsWithPorts {
  readonly userRooms: Pick<UserRoomReader, 'findUserRooms'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findResidency'>;
  readonly states: Pick<RoomState, 'find'>;
}

/** So many states are looked into at once. */
const AT_ONCE = 16;

/**
 * Finds the rooms that a hosted user shares with a user of another server. Nobody projects the memberships of those: of the user's rooms in which
 * that server is, the states say it, so the cost follows these.
 */
export class FindRoomsWith {
  readonly #ports: FindRoomsWithPorts;

  constructor(ports: FindRoomsWithPorts) {
    this.#ports = ports;
  }

  /** Ids of the rooms that both are joined to, in order. */
  async *list(userId: string, otherId: string): AsyncGenerator<string> {
    const rooms = await this.#findCandidates(userId, otherId);
    for (let first = 0; first < rooms.length; first += AT_ONCE) {
      const some = rooms.slice(first, first + AT_ONCE);
      const are = await Promise.all(some.map(({ roomId }) => this.#isJoined(otherId, roomId)));
      for (const [index, { roomId }] of some.entries()) if (are[index] === true) yield roomId;
    }
  }

  /** Rooms of the user in which the other one's server is. */
  async #findCandidates(userId: string, otherId: string): Promise<UserRoom[]> {
    const { rooms, userRooms } = this.#ports;
    const joined = (await userRooms.findUserRooms(userId)).filter(({ membership }) => membership === 'join');
    const resident = await rooms.findResidency(serverNameOf(otherId), joined);
    const candidates = joined.filter((_room, index) => resident[index]);
    return candidates.toSorted((a, b) => (a.roomId < b.roomId ? -1 : 1));
  }

  async #isJoined(stateKey: string, roomId: string): Promise<boolean> {
    const { rooms, states } = this.#ports;
    const room = await rooms.findRoom(roomId);
    const member = room && (await states.find(room, room.currentRoot, { type: 'm.room.member', stateKey }));
    return member?.content['membership'] === 'join';
  }
}
