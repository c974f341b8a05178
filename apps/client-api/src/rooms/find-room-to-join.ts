import { isRoomAlias, isRoomId, MatrixError } from '@plexus/matrix-base';
import type { RoomAliasRepository } from '@plexus/storage';

/** Finds the room that `POST /join/{roomIdOrAlias}` names (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3joinroomidoralias). */
export class FindRoomToJoin {
  readonly #aliases: RoomAliasRepository;

  constructor(aliases: RoomAliasRepository) {
    this.#aliases = aliases;
  }

  /** The room id. Throws `M_INVALID_PARAM`, or 404 for an alias that leads nowhere. */
  async execute(roomIdOrAlias: string): Promise<string> {
    if (isRoomId(roomIdOrAlias)) return roomIdOrAlias;
    if (!isRoomAlias(roomIdOrAlias)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a room id or room alias');
    const alias = await this.#aliases.findAlias(roomIdOrAlias);
    if (alias === undefined) throw new MatrixError('M_NOT_FOUND', 404, `Room alias ${roomIdOrAlias} not found`);
    return alias.roomId;
  }
}
