import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { RoomAliasRepository } from '@plexus/storage';
import type { ReadRoomAccess } from '../reading/room-access.ts';

/** Lists the aliases that a room has on the user's server (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidaliases). */
export class ListAliases {
  readonly #access: ReadRoomAccess;
  readonly #aliases: Pick<RoomAliasRepository, 'listAliases'>;

  constructor(access: ReadRoomAccess, aliases: Pick<RoomAliasRepository, 'listAliases'>) {
    this.#access = access;
    this.#aliases = aliases;
  }

  /** For members, and for everybody where the room's history is world-readable. */
  async execute({ userId, serverName }: Requester, roomId: string): Promise<string[]> {
    const { kind } = await this.#access.execute(userId, roomId);
    if (kind === 'left') throw new MatrixError('M_FORBIDDEN', 403, 'You are not a member of the room.');
    return this.#aliases.listAliases(roomId, serverName);
  }
}
