import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { HostedServers, RoomReader, RoomRecord } from '@plexus/storage';
import type { RoomAccess } from '../reading/room-access.ts';
import { requireRoomId } from '../rooms/check-identifiers.ts';

export interface AdminRoomAccessPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'readResidentServers'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

/** A room as one administrator has it. */
export interface AdministeredRoom {
  readonly room: RoomRecord;
  /** Hosted servers in it, with the number of their joined users: all of them, or the administrator's only. */
  readonly residents: ReadonlyMap<string, number>;
  /** Nothing for the deployment's administrator. */
  readonly serverName: string | undefined;
  /** Whether other hosted servers are in it, whose history is not this administrator's alone. */
  readonly isShared: boolean;
}

/**
 * What an administrator may see of a room: of the deployment everything, of a hosted server what that server has. A room that the server is
 * not in is unknown to its administrator.
 */
export class AdminRoomAccess {
  readonly #ports: AdminRoomAccessPorts;

  constructor(ports: AdminRoomAccessPorts) {
    this.#ports = ports;
  }

  /** Throws `M_INVALID_PARAM` for what is no room id, and 404 for a room that is unknown to the administrator. */
  async find(requester: Requester, roomId: string): Promise<AdministeredRoom> {
    requireRoomId(roomId);
    const found = await this.lookUp(requester, roomId);
    if (found === undefined) throw roomNotFound();
    return found;
  }

  /** Nothing for a room that is unknown to the administrator. */
  async lookUp({ isDeploymentAdmin, serverName }: Requester, roomId: string): Promise<AdministeredRoom | undefined> {
    const room = await this.#ports.rooms.findRoom(roomId);
    if (room === undefined) return undefined;
    const all = await this.#ports.rooms.readResidentServers(room.shard, room.roomNid);
    const hosted = new Map([...all].filter(([name]) => this.#ports.servers.isHosted(name)));
    if (isDeploymentAdmin) return { room, residents: hosted, serverName: undefined, isShared: false };
    const own = hosted.get(serverName);
    if (own === undefined) return undefined;
    return { room, residents: new Map([[serverName, own]]), serverName, isShared: hosted.size > 1 };
  }

  /**
   * For reading the room’s events. Where other hosted servers share the room, a server's administrator sees what the server gets by the
   * room's history visibility, as if it had joined now.
   */
  async read(requester: Requester, roomId: string): Promise<RoomAccess> {
    const { room, isShared } = await this.find(requester, roomId);
    const kind = isShared ? 'joined' : 'administering';
    return { room, userId: requester.userId, kind, root: room.currentRoot, departure: undefined };
  }

  /** For what takes away what is stored once for all hosted servers. Throws 403 where that is not this administrator's alone. */
  async findOwned(requester: Requester, roomId: string): Promise<AdministeredRoom> {
    const found = await this.find(requester, roomId);
    if (!found.isShared) return found;
    throw new MatrixError(
      'M_FORBIDDEN',
      403,
      'Other hosted servers share the history of this room: ask an administrator of the deployment',
    );
  }
}

export function roomNotFound(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Room not found');
}
