import { serverNameOf } from '@plexus/matrix-base';
import type { HostedServers, RoomAliasRepository, RoomReader } from '@plexus/storage';
import type { FindRoomToJoin, NamedRoom } from '../rooms/find-room-to-join.ts';
import { aliasNotFound, requireRoomAlias } from './require-local-alias.ts';

export interface ResolveAliasPorts {
  readonly aliases: Pick<RoomAliasRepository, 'findAlias'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'listResidentServers'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

const MAX_SERVERS = 20;

/** Finds where an alias leads (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3directoryroomroomalias). */
export class ResolveAlias {
  readonly #ports: ResolveAliasPorts;
  readonly #findRoom: FindRoomToJoin;

  constructor(ports: ResolveAliasPorts, findRoom: FindRoomToJoin) {
    this.#ports = ports;
    this.#findRoom = findRoom;
  }

  /**
   * `askedBy` is the hosted server in whose name another one is asked; nothing: none is. The alias's own server is named first. Throws
   * `M_INVALID_PARAM`, or 404 `M_NOT_FOUND`: also for an alias whose room is still being made.
   */
  async execute(askedBy: string | undefined, roomAlias: string): Promise<NamedRoom> {
    requireRoomAlias(roomAlias);
    const own = serverNameOf(roomAlias);
    if (!this.#ports.servers.isHosted(own) && askedBy !== undefined) return this.#findRoom.execute(askedBy, roomAlias);
    const alias = await this.#ports.aliases.findAlias(roomAlias);
    const room = alias && (await this.#ports.rooms.findRoom(alias.roomId));
    if (room === undefined) throw aliasNotFound(roomAlias);
    const page = { after: '', limit: MAX_SERVERS };
    const resident = await this.#ports.rooms.listResidentServers(room.shard, room.roomNid, page);
    return { roomId: room.roomId, servers: [own, ...resident.filter((name) => name !== own)] };
  }
}
