import type { Requester } from '@plexus/service-shell';
import type { UserRoomReader } from '@plexus/storage';
import type { VisibleUsers } from './get-profile.ts';

/** Finds out who sees whom by the rooms that they are in (https://spec.matrix.org/v1.19/client-server-api/#profiles). */
export class FindVisibleUsers implements VisibleUsers {
  readonly #userRooms: Pick<UserRoomReader, 'listSharedRooms'>;

  constructor(userRooms: Pick<UserRoomReader, 'listSharedRooms'>) {
    this.#userRooms = userRooms;
  }

  async isVisibleTo({ userId }: Requester, otherId: string): Promise<boolean> {
    return (await this.#userRooms.listSharedRooms(userId, otherId, { after: '', limit: 1 })).length > 0;
  }
}
