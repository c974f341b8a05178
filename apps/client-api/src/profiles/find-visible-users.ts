import { serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { FoundUser, HostedServers, RoomReader, UserDirectoryReader } from '@plexus/storage';
import type { FindRoomsWith } from '../directory/find-rooms-with.ts';
import type { VisibleUsers } from './get-profile.ts';

export interface FindVisibleUsersPorts {
  readonly userDirectory: Pick<UserDirectoryReader, 'findNearness' | 'findRemoteNearness'>;
  readonly rooms: Pick<RoomReader, 'findResidency'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly roomsWith: Pick<FindRoomsWith, 'list'>;
}

/**
 * Finds out who sees whom by the rooms that they are in (https://spec.matrix.org/v1.19/client-server-api/#profiles): who shares a room, and who is in
 * a room that anybody may join or read and that the other one's server knows of, because it is in it. A server knows of its own users' rooms.
 */
export class FindVisibleUsers implements VisibleUsers {
  readonly #ports: FindVisibleUsersPorts;

  constructor(ports: FindVisibleUsersPorts) {
    this.#ports = ports;
  }

  /** Whether somebody of another server shares a room is looked up in its states where it is not known by now. */
  async isVisibleTo(requester: Requester, userId: string): Promise<boolean> {
    const { userDirectory, servers, roomsWith } = this.#ports;
    const isRemote = !servers.isHosted(serverNameOf(userId));
    const nearness = isRemote
      ? await userDirectory.findRemoteNearness(requester.userId, userId)
      : await userDirectory.findNearness(requester.userId, userId);
    if ((await this.filter(requester, [{ userId, isRemote, ...nearness }])).length > 0) return true;
    return isRemote && (await roomsWith.list(requester.userId, userId).next()).done !== true;
  }

  /** Those of the users whom the requester may see. Who was seen in rooms before their server came to be hosted here is found by their account alone. */
  async filter<User extends Pick<FoundUser, 'userId' | 'isRemote' | 'isNear' | 'publicRooms'>>(
    { serverName }: Requester,
    found: readonly User[],
  ): Promise<User[]> {
    const users = found.filter(
      ({ isRemote, userId }) => !isRemote || !this.#ports.servers.isHosted(serverNameOf(userId)),
    );
    const isLocal = ({ userId }: User): boolean => serverNameOf(userId) === serverName;
    const asked = users.filter((user) => !user.isNear && !isLocal(user)).flatMap(({ publicRooms }) => publicRooms);
    const answers = await this.#ports.rooms.findResidency(serverName, asked);
    const known = new Set(asked.filter((_room, index) => answers[index]).map(keyOf));
    return users.filter(
      (user) =>
        user.isNear ||
        (isLocal(user) ? user.publicRooms.length > 0 : user.publicRooms.some((room) => known.has(keyOf(room)))),
    );
  }
}

function keyOf({ shard, roomNid }: { readonly shard: number; readonly roomNid: number }): string {
  return `${shard}/${roomNid}`;
}
