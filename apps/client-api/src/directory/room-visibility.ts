import { MatrixError } from '@plexus/matrix-base';
import type { RoomState } from '@plexus/room-view';
import type { Requester } from '@plexus/service-shell';
import type { PublishedRoomRepository, RoomReader, RoomRecord } from '@plexus/storage';
import { requireRoomId } from '../rooms/check-identifiers.ts';
import type { PublishRoom } from './publish-room.ts';
import type { RoomPowers } from './room-powers.ts';

export type Visibility = 'public' | 'private';

export interface RoomVisibilityPorts {
  readonly rooms: Pick<RoomReader, 'findRoom' | 'countJoined'>;
  readonly published: Pick<PublishedRoomRepository, 'isPublished' | 'unpublishRoom'>;
  readonly states: RoomState;
  readonly powers: RoomPowers;
}

/**
 * Whether a hosted server shows a room in its directory (https://spec.matrix.org/v1.19/client-server-api/#published-room-directory). Each
 * server has a directory of its own.
 */
export class RoomVisibility {
  readonly #ports: RoomVisibilityPorts;
  readonly #publishRoom: PublishRoom;

  constructor(ports: RoomVisibilityPorts, publishRoom: PublishRoom) {
    this.#ports = ports;
    this.#publishRoom = publishRoom;
  }

  /** Throws 404 `M_NOT_FOUND` for a room that the server does not know. */
  async get(serverName: string, roomId: string): Promise<Visibility> {
    await this.#getRoom(serverName, roomId);
    return (await this.#ports.published.isPublished(serverName, roomId)) ? 'public' : 'private';
  }

  /** For members with the power to name the room's aliases, and for administrators. Throws 403 `M_FORBIDDEN`. */
  async set(
    { userId, serverName, isAdmin, isDeploymentAdmin, isShadowBanned }: Requester,
    roomId: string,
    visibility: Visibility,
  ): Promise<void> {
    const room = await this.#getRoom(serverName, roomId);
    if (!isAdmin && !isDeploymentAdmin && !(await this.#mayPublish(room, userId))) {
      throw new MatrixError('M_FORBIDDEN', 403, 'You may not change whether this room is shown in the directory');
    }
    if (isShadowBanned === true) return;
    if (visibility === 'public') await this.#publishRoom.execute(serverName, roomId);
    else await this.#ports.published.unpublishRoom(serverName, roomId);
  }

  async #getRoom(serverName: string, roomId: string): Promise<RoomRecord> {
    requireRoomId(roomId);
    const { rooms } = this.#ports;
    const room = await rooms.findRoom(roomId);
    const joined = room && (await rooms.countJoined(room.shard, room.roomNid, [serverName]));
    if (room !== undefined && (joined?.get(serverName) ?? 0) > 0) return room;
    throw new MatrixError('M_NOT_FOUND', 404, 'Room not found');
  }

  async #mayPublish(room: RoomRecord, userId: string): Promise<boolean> {
    const { states, powers } = this.#ports;
    const member = await states.find(room, room.currentRoot, { type: 'm.room.member', stateKey: userId });
    if (member?.content['membership'] !== 'join') return false;
    return powers.canSendState(room, userId, 'm.room.canonical_alias');
  }
}
