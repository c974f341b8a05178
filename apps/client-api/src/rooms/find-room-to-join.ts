import { QueryAppservices } from '@plexus/appservices';
import type { QueryAppservicesPorts } from '@plexus/appservices';
import { isRoomAlias, isRoomId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import { queryDirectory } from '@plexus/remote-servers';
import type { RemoteServers } from '@plexus/remote-servers';
import type { HostedServers, RoomAlias, RoomAliasRepository } from '@plexus/storage';
import { errorOfAnswer } from '../federation/remote-error.ts';

export interface FindRoomToJoinPorts {
  readonly aliases: Pick<RoomAliasRepository, 'findAlias'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly remoteServers: Pick<RemoteServers, 'request'>;
  readonly appservices: QueryAppservicesPorts;
}

/** How a room is looked for. */
export interface RoomSearch {
  /** Who acts as the user, if it is an application service. */
  readonly appserviceId?: string | undefined;
  /** Awaited before anybody else is asked for an alias, be it another server or an application service; throws where nobody is to be. */
  admit?(): Promise<void> | undefined;
}

/** A room, as a user names it. */
export interface NamedRoom {
  readonly roomId: string;
  /** Servers that are in the room, as far as the name tells. */
  readonly servers: readonly string[];
}

/** Finds the room that `POST /join/{roomIdOrAlias}` names (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3joinroomidoralias). */
export class FindRoomToJoin {
  readonly #ports: FindRoomToJoinPorts;
  readonly #query: QueryAppservices;

  constructor(ports: FindRoomToJoinPorts) {
    this.#ports = ports;
    this.#query = new QueryAppservices(ports.appservices);
  }

  /**
   * `askedBy` is the hosted server whose user asks. Throws `M_INVALID_PARAM`, 404 for an alias that leads nowhere, 502 where its server cannot be
   * reached, or what `admit` does.
   */
  async execute(askedBy: string, roomIdOrAlias: string, search: RoomSearch = {}): Promise<NamedRoom> {
    if (isRoomId(roomIdOrAlias)) return { roomId: roomIdOrAlias, servers: [] };
    if (!isRoomAlias(roomIdOrAlias)) throw new MatrixError('M_INVALID_PARAM', 400, 'Not a room id or room alias');
    const serverName = serverNameOf(roomIdOrAlias);
    if (!this.#ports.servers.isHosted(serverName)) {
      await search.admit?.();
      return this.#findElsewhere(askedBy, roomIdOrAlias);
    }
    const alias = await this.#findHosted(roomIdOrAlias, search);
    if (alias === undefined) throw new MatrixError('M_NOT_FOUND', 404, `Room alias ${roomIdOrAlias} not found`);
    return { roomId: alias.roomId, servers: [] };
  }

  /** One that is not there may be an application service's, which makes it now. */
  async #findHosted(roomAlias: string, search: RoomSearch): Promise<RoomAlias | undefined> {
    const { aliases } = this.#ports;
    const alias = await aliases.findAlias(roomAlias);
    if (alias !== undefined) return alias;
    await search.admit?.();
    const isMade = await this.#query.makesAlias(roomAlias, search.appserviceId);
    return isMade ? aliases.findAlias(roomAlias) : undefined;
  }

  async #findElsewhere(origin: string, roomAlias: string): Promise<NamedRoom> {
    const destination = serverNameOf(roomAlias);
    const answer = await queryDirectory(this.#ports.remoteServers, { origin, destination }, roomAlias);
    if (answer.outcome !== 'ok') throw errorOfAnswer(answer, destination);
    const { room_id: roomId, servers } = answer.value;
    if (!isRoomId(roomId)) throw new MatrixError('M_NOT_FOUND', 404, `Room alias ${roomAlias} not found`);
    return { roomId, servers: [destination, ...servers.filter((name) => name !== destination)] };
  }
}
