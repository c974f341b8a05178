import { serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { FoundUser, HostedServers, RoomReader, UserDirectoryReader } from '@plexus/storage';
import type { FindRoomsWith } from '../directory/find-rooms-with.ts';
import type { VisibleUsers } from './get-profile.ts';

export interface FindVisibleUsersPorts {
  readonly userDirectory: Pick<UserDirectoryReader, 'findNearness'>;
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

  /** A user of another server is visible to who shares a room with them: in which others they are, only the states of those say. */
  async isVisibleTo(requester: Requester, userId: string): Promise<boolean> {
    const { userDirectory, servers, roomsWith } = this.#ports;
    if (!servers.isHosted(serverNameOf(userId))) {
      const { done } = await roomsWith.list(requester.userId, userId).next();
      return done !== true;
    }
    const nearness = await userDirectory.findNearness(requester.userId, userId);
    return (await this.filter(requester, [{ userId, ...nearness }])).length > 0;
  }

  /** Those of the users whom the requester may see. */
  async filter<User extends Pick<FoundUser, 'userId' | 'isNear' | 'publicRooms'>>(
    { serverName }: Requester,
    users: readonly User[],
  ): Promise<User[]> {
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
