import type { JsonObject } from '@plexus/matrix-base';
import { compileServerAcl } from '@plexus/room-dag';
import type { HostedServers, RoomReader } from '@plexus/storage';

export interface FindDeniedServersPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'readResidentServers'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
}

/** A server ACL by which hosted servers are kept out of a room that they are in. */
export interface AclDenial {
  readonly roomId: string;
  readonly sender: string;
  readonly eventId: string;
  /** In the order of their names. */
  readonly servers: readonly string[];
}

/**
 * Which hosted servers, of those that are in a room, a server ACL would keep out of it. That is allowed, but for the sender's own server; whoever runs the
 * deployment wants to know why users of the others can do nothing there any more.
 */
export class FindDeniedServers {
  readonly #ports: FindDeniedServersPorts;

  constructor(ports: FindDeniedServersPorts) {
    this.#ports = ports;
  }

  async execute(roomId: string, content: JsonObject): Promise<string[]> {
    const { rooms, servers } = this.#ports;
    const room = await rooms.findRoom(roomId);
    if (room === undefined) return [];
    const acl = compileServerAcl(content);
    const resident = (await rooms.readResidentServers(room.shard, room.roomNid)).keys();
    return [...resident].filter((name) => servers.isHosted(name) && !acl.allows(name)).toSorted();
  }
}
