import { QueryAppservices } from '@plexus/appservices';
import type { QueryAppservicesPorts } from '@plexus/appservices';
import { serverNameOf } from '@plexus/matrix-base';
import type { HostedServers, RoomAliasRepository, RoomReader, RoomRecord } from '@plexus/storage';
import type { FindRoomToJoin, NamedRoom } from '../rooms/find-room-to-join.ts';
import { aliasNotFound, requireRoomAlias } from './require-local-alias.ts';

export interface ResolveAliasPorts {
  readonly aliases: Pick<RoomAliasRepository, 'findAlias'>;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'listResidentServers'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly appservices: QueryAppservicesPorts;
}

/** Who asks for an alias. */
export interface AliasAsker {
  /** The hosted server in whose name another one is asked; nothing: none is. */
  readonly serverName: string | undefined;
  readonly appserviceId?: string | undefined;
}

const MAX_SERVERS = 20;

/** Finds where an alias leads (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3directoryroomroomalias). */
export class ResolveAlias {
  readonly #ports: ResolveAliasPorts;
  readonly #findRoom: FindRoomToJoin;
  readonly #query: QueryAppservices;

  constructor(ports: ResolveAliasPorts, findRoom: FindRoomToJoin) {
    this.#ports = ports;
    this.#findRoom = findRoom;
    this.#query = new QueryAppservices(ports.appservices);
  }

  /**
   * The alias's own server is named first. Throws `M_INVALID_PARAM`, or 404 `M_NOT_FOUND`: also for an alias whose room is still being made.
   */
  async execute({ serverName: askedBy, appserviceId }: AliasAsker, roomAlias: string): Promise<NamedRoom> {
    requireRoomAlias(roomAlias);
    const own = serverNameOf(roomAlias);
    if (!this.#ports.servers.isHosted(own) && askedBy !== undefined) return this.#findRoom.execute(askedBy, roomAlias);
    let room = await this.#findHosted(roomAlias);
    // An application service may make it now.
    if (room === undefined && (await this.#query.makesAlias(roomAlias, appserviceId))) {
      room = await this.#findHosted(roomAlias);
    }
    if (room === undefined) throw aliasNotFound(roomAlias);
    const page = { after: '', limit: MAX_SERVERS };
    const resident = await this.#ports.rooms.listResidentServers(room.shard, room.roomNid, page);
    return { roomId: room.roomId, servers: [own, ...resident.filter((name) => name !== own)] };
  }

  async #findHosted(roomAlias: string): Promise<RoomRecord | undefined> {
    const alias = await this.#ports.aliases.findAlias(roomAlias);
    return alias && (await this.#ports.rooms.findRoom(alias.roomId));
  }
}
