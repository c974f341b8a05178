import { MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import { directoryNameOf } from '@plexus/storage';
import type { PublishedRoomRepository, RoomReader } from '@plexus/storage';
import type { PublishRoom } from '../directory/publish-room.ts';
import type { Visibility } from '../directory/room-visibility.ts';
import { requireRoomId } from '../rooms/check-identifiers.ts';

export interface PublishNetworkRoomPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'countJoined'>;
  readonly published: Pick<PublishedRoomRepository, 'addInstance' | 'unpublishRoom'>;
}

const MAX_NETWORK_LENGTH = 255;

/**
 * Shows a room in the directory that an application service has for a network, on the hosted server of the user as whom it acts
 * (https://spec.matrix.org/v1.19/application-service-api/#published-room-directories).
 */
export class PublishNetworkRoom {
  readonly #ports: PublishNetworkRoomPorts;
  readonly #publishRoom: PublishRoom;

  constructor(ports: PublishNetworkRoomPorts, publishRoom: PublishRoom) {
    this.#ports = ports;
    this.#publishRoom = publishRoom;
  }

  /** Throws 403 for who is no application service, 404 for a room that none of the server's users is in. */
  async execute(
    { appserviceId, serverName }: Requester,
    { networkId, roomId }: { readonly networkId: string; readonly roomId: string },
    visibility: Visibility,
  ): Promise<void> {
    if (appserviceId === undefined) {
      throw new MatrixError('M_FORBIDDEN', 403, 'Only application services have directories of networks');
    }
    requireRoomId(roomId);
    if (networkId.length > MAX_NETWORK_LENGTH || networkId.includes('\0')) {
      throw new MatrixError('M_INVALID_PARAM', 400, 'The network id is too long or has a zero byte in it');
    }
    const instanceId = `${appserviceId}|${networkId}`;
    const directory = directoryNameOf(serverName, instanceId);
    const { published } = this.#ports;
    if (visibility === 'private') return published.unpublishRoom(directory, roomId);
    await this.#requireResident(serverName, roomId);
    await published.addInstance(serverName, instanceId);
    return this.#publishRoom.execute(directory, roomId);
  }

  async #requireResident(serverName: string, roomId: string): Promise<void> {
    const { rooms } = this.#ports;
    const room = await rooms.findRoom(roomId);
    const joined = room && (await rooms.countJoined(room.shard, room.roomNid, [serverName]));
    if ((joined?.get(serverName) ?? 0) === 0) throw new MatrixError('M_NOT_FOUND', 404, 'Room not found');
  }
}
