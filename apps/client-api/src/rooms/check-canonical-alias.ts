import { isRoomAlias, MatrixError } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RoomAliasRepository } from '@plexus/storage';

/**
 * Decides whether a room may list these aliases: each must lead to the room
 * (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey).
 */
export class CheckCanonicalAlias {
  readonly #aliases: RoomAliasRepository;

  constructor(aliases: RoomAliasRepository) {
    this.#aliases = aliases;
  }

  /** Throws `M_BAD_JSON`, `M_INVALID_PARAM` or `M_BAD_ALIAS`. */
  async execute(roomId: string, content: JsonObject): Promise<void> {
    for (const alias of listedAliases(content)) {
      if (!isRoomAlias(alias)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a room alias');
      const known = await this.#aliases.findAlias(alias);
      if (known?.roomId !== roomId) throw new MatrixError('M_BAD_ALIAS', 400, `${alias} does not lead to this room`);
    }
  }
}

function listedAliases({ alias, alt_aliases: others }: JsonObject): string[] {
  const listed: JsonValue[] = Array.isArray(others) ? [...others] : [];
  const isList = others === undefined || others === null || Array.isArray(others);
  if (alias !== undefined && alias !== null && alias !== '') listed.push(alias);
  if (!isList || !listed.every((entry) => typeof entry === 'string')) {
    throw new MatrixError('M_BAD_JSON', 400, '"alias" is a string and "alt_aliases" a list of strings');
  }
  return listed;
}
