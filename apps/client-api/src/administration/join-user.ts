import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { HostedServers, RoomReader, UserRepository, UserRoomReader } from '@plexus/storage';
import type { ChangeMembership } from '../rooms/change-membership.ts';
import { requireUserId } from '../rooms/check-identifiers.ts';
import type { FindRoomToJoin } from '../rooms/find-room-to-join.ts';
import { roomNotFound } from './admin-room-access.ts';
import { requireOwnUser } from './require-own-user.ts';
import { asUser } from './user-as-requester.ts';

export interface JoinUserPorts {
  readonly rooms: Pick<RoomReader, 'findRoom'>;
  readonly users: UserRepository;
  readonly userRooms: UserRoomReader;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly states: RoomState;
  readonly findRoom: FindRoomToJoin;
  readonly changeMembership: ChangeMembership;
}

/** Joins a hosted user to a room: by themselves where anybody may, else on the administrator's own invitation. */
export class JoinUser {
  readonly #ports: JoinUserPorts;

  constructor(ports: JoinUserPorts) {
    this.#ports = ports;
  }

  /** Returns the room id. */
  async execute(requester: Requester, roomIdOrAlias: string, userId: string): Promise<string> {
    const { rooms, users, changeMembership } = this.#ports;
    requireUserId(userId);
    if (!this.#ports.servers.isHosted(serverNameOf(userId))) {
      throw new MatrixError('M_UNKNOWN', 400, 'This endpoint can only be used with local users');
    }
    requireOwnUser(requester, userId);
    if ((await users.findUser(userId)) === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'User not found');
    const { roomId } = await this.#ports.findRoom.execute(serverNameOf(userId), roomIdOrAlias);
    const room = await rooms.findRoom(roomId);
    if (room === undefined) throw roomNotFound();
    const rule = await this.#ports.states.find(room, room.currentRoot, { type: 'm.room.join_rules', stateKey: '' });
    const membership = (await this.#ports.userRooms.findUserRoom(userId, roomId))?.membership;
    const isOpen = rule?.content['join_rule'] === 'public' || membership === 'invite' || membership === 'join';
    if (!isOpen && userId !== requester.userId) {
      await changeMembership.execute(requester, roomId, { action: 'invite', target: userId });
    }
    await changeMembership.execute(asUser(userId), roomId, { action: 'join' });
    return roomId;
  }
}
