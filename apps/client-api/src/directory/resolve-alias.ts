import { serverNameOf } from '@plexus/matrix-base';
import type { RoomAliasRepository, RoomReader } from '@plexus/storage';
import { aliasNotFound, requireRoomAlias } from './require-local-alias.ts';

export interface ResolvedAlias {
  readonly roomId: string;
  /** Servers that are in the room, the alias's own first. */
  readonly servers: string[];
}

const MAX_SERVERS = 20;

/** Finds where an alias of a hosted server leads (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3directoryroomroomalias). */
export class ResolveAlias {
  readonly #aliases: Pick<RoomAliasRepository, 'findAlias'>;
  readonly #rooms: Pick<RoomReader, 'findRoom' | 'listResidentServers'>;

  constructor(
    aliases: Pick<RoomAliasRepository, 'findAlias'>,
    rooms: Pick<RoomReader, 'findRoom' | 'listResidentServers'>,
  ) {
    this.#aliases = aliases;
    this.#rooms = rooms;
  }

  /** Throws `M_INVALID_PARAM`, or 404 `M_NOT_FOUND`: also for an alias whose room is still being made. */
  async execute(roomAlias: string): Promise<ResolvedAlias> {
    requireRoomAlias(roomAlias);
    const alias = await this.#aliases.findAlias(roomAlias);
    const room = alias && (await this.#rooms.findRoom(alias.roomId));
    if (room === undefined) throw aliasNotFound(roomAlias);
    const page = { after: '', limit: MAX_SERVERS };
    const resident = await this.#rooms.listResidentServers(room.shard, room.roomNid, page);
    const own = serverNameOf(roomAlias);
    return { roomId: room.roomId, servers: [own, ...resident.filter((name) => name !== own)] };
  }
}
