import type { FederatedHierarchyRoom } from '@plexus/matrix-api';
import { isServerName } from '@plexus/matrix-base';
import { getHierarchy } from '@plexus/remote-servers';
import type { RemoteServers } from '@plexus/remote-servers';
import type { HostedServers, UserRoomReader } from '@plexus/storage';
import type { Viewer } from './find-seen-room.ts';

export interface FindRemoteRoomPorts {
  readonly remoteServers: Pick<RemoteServers, 'request'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
}

/** No more are asked about one room. */
const MOST_SERVERS = 3;
/** Rules by which everybody may know of a room. */
const OPEN_RULES = new Set(['public', 'knock', 'knock_restricted']);

/**
 * Asks other servers what a room is (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1hierarchyroomid). They say what any user of the
 * viewer's server may know; what this one may know is decided here.
 */
export class FindRemoteRoom {
  readonly #ports: FindRemoteRoomPorts;

  constructor(ports: FindRemoteRoomPorts) {
    this.#ports = ports;
  }

  /** Nothing where none of the servers says anything that the viewer may know. */
  async execute(
    viewer: Viewer,
    roomId: string,
    { via, suggestedOnly = false }: { readonly via: readonly string[]; readonly suggestedOnly?: boolean },
  ): Promise<FederatedHierarchyRoom | undefined> {
    for (const destination of this.#candidates(via)) {
      const pair = { origin: viewer.serverName, destination };
      const answer = await getHierarchy(this.#ports.remoteServers, pair, { roomId, suggestedOnly });
      if (answer.outcome !== 'ok' || answer.value.room.room_id !== roomId) continue;
      const { room } = answer.value;
      return (await this.#mayKnow(viewer, room)) ? room : undefined;
    }
    return undefined;
  }

  #candidates(via: readonly string[]): string[] {
    const names = [...new Set(via)].filter((name) => isServerName(name) && !this.#ports.servers.isHosted(name));
    return names.slice(0, MOST_SERVERS);
  }

  async #mayKnow({ userId }: Viewer, room: FederatedHierarchyRoom): Promise<boolean> {
    const {
      room_id: roomId,
      join_rule: joinRule = 'public',
      world_readable: isWorldReadable,
      allowed_room_ids: allowed = [],
    } = room;
    if (isWorldReadable || OPEN_RULES.has(joinRule)) return true;
    if (userId === undefined) return false;
    const own = await this.#ports.userRooms.findUserRoom(userId, roomId);
    if (own?.membership === 'invite' || own?.membership === 'join') return true;
    if (joinRule !== 'restricted') return false;
    for (const allowedRoom of allowed) {
      if ((await this.#ports.userRooms.findUserRoom(userId, allowedRoom))?.membership === 'join') return true;
    }
    return false;
  }
}
