import type { QueryAppservices } from '@plexus/appservices';
import { isRoomAlias, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { RoomAliasRepository, RoomReader, RoomRecord } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';

export interface AliasAnswer {
  readonly room_id: string;
  readonly servers: readonly string[];
}

const MAX_SERVERS = 200;

/** Where an alias of the addressed server leads (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1querydirectory). */
export class QueryAlias {
  readonly #aliases: Pick<RoomAliasRepository, 'findAlias'>;
  readonly #rooms: Pick<RoomReader, 'findRoom' | 'listResidentServers'>;
  readonly #query: Pick<QueryAppservices, 'makesAlias'>;

  constructor(
    aliases: Pick<RoomAliasRepository, 'findAlias'>,
    rooms: Pick<RoomReader, 'findRoom' | 'listResidentServers'>,
    query: Pick<QueryAppservices, 'makesAlias'>,
  ) {
    this.#aliases = aliases;
    this.#rooms = rooms;
    this.#query = query;
  }

  /** Throws `M_INVALID_PARAM` for what is no alias, 404 where there is none. */
  async execute({ destination }: Parties, roomAlias: string): Promise<AliasAnswer> {
    if (!isRoomAlias(roomAlias)) throw new MatrixError('M_INVALID_PARAM', 400, '"room_alias" is not a room alias');
    const isOwn = serverNameOf(roomAlias) === destination;
    let room = isOwn ? await this.#findRoom(roomAlias) : undefined;
    // An application service may make it now.
    if (isOwn && room === undefined && (await this.#query.makesAlias(roomAlias)))
      room = await this.#findRoom(roomAlias);
    if (room === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Room alias not found');
    const page = { after: '', limit: MAX_SERVERS };
    const resident = await this.#rooms.listResidentServers(room.shard, room.roomNid, page);
    const others = resident.filter((name) => name !== destination);
    const isResident = others.length < resident.length;
    return { room_id: room.roomId, servers: isResident ? [destination, ...others] : others };
  }

  async #findRoom(roomAlias: string): Promise<RoomRecord | undefined> {
    const alias = await this.#aliases.findAlias(roomAlias);
    return alias && (await this.#rooms.findRoom(alias.roomId));
  }
}
