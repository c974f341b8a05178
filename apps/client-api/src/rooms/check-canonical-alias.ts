import { isRoomAlias, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { HostedServers, RoomAliasRepository, RoomReader } from '@plexus/storage';
import type { FindRoomToJoin } from './find-room-to-join.ts';

export interface CheckCanonicalAliasPorts {
  readonly aliases: Pick<RoomAliasRepository, 'findAlias'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly rooms: Pick<RoomReader, 'findRoom'>;
  readonly states: Pick<RoomState, 'find'>;
  readonly findRoom: Pick<FindRoomToJoin, 'execute'>;
}

/** So many aliases of other servers are asked for at once. */
const MOST_ELSEWHERE = 10;

/**
 * Decides whether a room may list these aliases: each must lead to the room
 * (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidstateeventtypestatekey).
 */
export class CheckCanonicalAlias {
  readonly #ports: CheckCanonicalAliasPorts;

  constructor(ports: CheckCanonicalAliasPorts) {
    this.#ports = ports;
  }

  /**
   * `askedBy` is the hosted server whose user asks. Throws `M_BAD_JSON`, `M_INVALID_PARAM` or `M_BAD_ALIAS`, and 502 where the server of an alias
   * cannot be reached. @NOTE Other servers' aliases that the room lists already stay without a question: their servers may be gone.
   */
  async execute(askedBy: string, roomId: string, content: JsonObject): Promise<void> {
    const listed = listedAliases(content);
    if (!listed.every(isRoomAlias)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a room alias');
    const isHosted = (alias: string): boolean => this.#ports.servers.isHosted(serverNameOf(alias));
    for (const alias of listed.filter(isHosted)) {
      const known = await this.#ports.aliases.findAlias(alias);
      if (known?.roomId !== roomId) throw leadsElsewhere(alias);
    }
    const others = listed.filter((alias) => !isHosted(alias));
    if (others.length > 0) await this.#checkOthers(askedBy, roomId, others);
  }

  async #checkOthers(askedBy: string, roomId: string, aliases: readonly string[]): Promise<void> {
    const known = await this.#findListed(roomId);
    const added = aliases.filter((alias) => !known.has(alias));
    if (added.length > MOST_ELSEWHERE) {
      throw new MatrixError(
        'M_INVALID_PARAM',
        400,
        `At most ${MOST_ELSEWHERE} aliases of other servers are added at once`,
      );
    }
    await Promise.all(
      added.map(async (alias) => {
        if ((await this.#ask(askedBy, alias)) !== roomId) throw leadsElsewhere(alias);
      }),
    );
  }

  /** The room to which an alias of another server leads; nothing where that knows of none. */
  async #ask(askedBy: string, alias: string): Promise<string | undefined> {
    try {
      return (await this.#ports.findRoom.execute(askedBy, alias)).roomId;
    } catch (error) {
      if (error instanceof MatrixError && error.httpStatus === 404) return undefined;
      throw error;
    }
  }

  /** What the room lists now. */
  async #findListed(roomId: string): Promise<ReadonlySet<JsonValue | undefined>> {
    const { rooms, states } = this.#ports;
    const room = await rooms.findRoom(roomId);
    const key = { type: 'm.room.canonical_alias', stateKey: '' };
    const current = room && (await states.find(room, room.currentRoot, key));
    const { alias, alt_aliases: others } = current?.content ?? {};
    return new Set([alias, ...(Array.isArray(others) ? others : [])]);
  }
}

function leadsElsewhere(alias: string): MatrixError {
  return new MatrixError('M_BAD_ALIAS', 400, `${alias} does not lead to this room`);
}

function listedAliases({ alias, alt_aliases: others }: JsonObject): string[] {
  const listed: JsonValue[] = Array.isArray(others) ? [...others] : [];
  const isList = others === undefined || others === null || Array.isArray(others);
  if (alias !== undefined && alias !== null && alias !== '') listed.push(alias);
  if (!isList || !listed.every((entry) => typeof entry === 'string')) {
    throw new MatrixError('M_BAD_JSON', 400, '"alias" is a string and "alt_aliases" a list of strings');
  }
  return [...new Set(listed)];
}
