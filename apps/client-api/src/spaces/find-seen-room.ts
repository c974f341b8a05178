import {
  authStateOf,
  compileServerAcl,
  DESCRIBING_TYPES,
  describeRoom,
  findRoomVersion,
  membershipOf,
} from '@plexus/room-dag';
import type { AuthState, RoomDescription } from '@plexus/room-dag';
import type { RoomState } from '@plexus/room-view';
import type { RoomReader, RoomRecord, UserRoomReader } from '@plexus/storage';

/** Who looks: a user, or anybody at a hosted server. */
export interface Viewer {
  readonly userId: string | undefined;
  readonly serverName: string;
}

/** A room that the viewer may know of. */
export interface SeenRoom {
  readonly room: RoomRecord;
  readonly description: RoomDescription;
  /** Of the viewer; nothing where nobody says who they are, or where there never was any. */
  readonly membership: string | undefined;
}

export interface FindSeenRoomPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'countJoined'>;
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  readonly states: RoomState;
}

const DESCRIBING_KEYS = [...DESCRIBING_TYPES, 'm.room.server_acl'].map((type) => ({ type, stateKey: '' }));

/**
 * Decides whether somebody may know of a room: who is in it or invited, who may join it or knock, and everybody where its history is world-readable
 * (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidhierarchy). A server that is not in the room learns of it from those
 * that are, so it must not be denied by the room's server ACL.
 */
export class FindSeenRoom {
  readonly #ports: FindSeenRoomPorts;

  constructor(ports: FindSeenRoomPorts) {
    this.#ports = ports;
  }

  /** Nothing where there is no such room, or where the viewer may not know of it. */
  async execute({ userId, serverName }: Viewer, roomId: string): Promise<SeenRoom | undefined> {
    const { rooms, states } = this.#ports;
    const room = await rooms.findRoom(roomId);
    if (room === undefined) return undefined;
    const own = userId === undefined ? [] : [{ type: 'm.room.member', stateKey: userId }];
    const state = authStateOf(await states.findMany(room, room.currentRoot, [...DESCRIBING_KEYS, ...own]));
    const description = describeRoom(state);
    const seen = { room, description, membership: findMembership(userId, state) };
    if (seen.membership === 'join' || seen.membership === 'invite') return seen;
    // Who is banned may read what everybody may, and join nothing.
    if (seen.membership === 'ban' && !description.isWorldReadable) return undefined;
    if (!(await this.#canLearnOf(room, serverName, state))) return undefined;
    return (await this.#isOpenTo(userId, seen)) ? seen : undefined;
  }

  async #canLearnOf(room: RoomRecord, serverName: string, state: AuthState): Promise<boolean> {
    if (room.joinedCount === 0) return false;
    const joined = await this.#ports.rooms.countJoined(room.shard, room.roomNid, [serverName]);
    if ((joined.get(serverName) ?? 0) > 0) return true;
    return compileServerAcl(state.find('m.room.server_acl', '')?.content).allows(serverName);
  }

  async #isOpenTo(userId: string | undefined, { room, description }: SeenRoom): Promise<boolean> {
    const { joinRule, isWorldReadable, allowedRoomIds } = description;
    const rules = findRoomVersion(room.roomVersion);
    if (isWorldReadable || joinRule === 'public') return true;
    if (joinRule === 'knock' && rules?.knocking === true) return true;
    if (joinRule === 'knock_restricted' && rules?.knockRestrictedJoins === true) return true;
    if (joinRule !== 'restricted' || rules?.restrictedJoins !== true || userId === undefined) return false;
    for (const allowed of allowedRoomIds) {
      if ((await this.#ports.userRooms.findUserRoom(userId, allowed))?.membership === 'join') return true;
    }
    return false;
  }
}

function findMembership(userId: string | undefined, state: AuthState): string | undefined {
  const hasMembership = userId !== undefined && state.find('m.room.member', userId) !== undefined;
  return hasMembership ? membershipOf(userId, state) : undefined;
}
