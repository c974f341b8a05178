import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Clock, JsonObject, RandomSource } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AdminJob, AdminJobRepository, HostedServers, RoomReader } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { requireRoomId } from '../rooms/check-identifiers.ts';
import type { AdminRoomAccess } from './admin-room-access.ts';
import type { BlockRoom } from './block-room.ts';

export interface RoomDeletion {
  readonly block: boolean;
  /** Takes the history away once all hosted users are out; `force` does so even if some could not be brought out. */
  readonly purge: boolean;
  readonly force: boolean;
  /** Who makes a room to which everybody is moved. */
  readonly newRoomUserId: string | undefined;
  readonly newRoomName: string | undefined;
  readonly message: string | undefined;
}

export interface DeleteRoomPorts {
  readonly rooms: Pick<RoomReader, 'findRoom'>;
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly jobs: AdminJobRepository;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export const DELETE_ROOM = 'delete_room';

const POLL_MS = 100;
const LONGEST_WAIT_MS = 15 * 60_000;

/** Starts the deletion of a room, and tells how it is going. */
export class DeleteRoom {
  readonly #access: AdminRoomAccess;
  readonly #blockRoom: BlockRoom;
  readonly #ports: DeleteRoomPorts;

  constructor(access: AdminRoomAccess, blockRoom: BlockRoom, ports: DeleteRoomPorts) {
    this.#access = access;
    this.#blockRoom = blockRoom;
    this.#ports = ports;
  }

  /** Returns the id of the job. A room that is not known can only be blocked. */
  async start(requester: Requester, roomId: string, deletion: RoomDeletion): Promise<string> {
    requireRoomId(roomId);
    this.#requireNewOwner(requester, deletion);
    await this.#requireRoom(requester, roomId, deletion);
    if (deletion.block) await this.#blockRoom.set(requester, roomId, true);
    const jobId = newRandomId(this.#ports.random);
    await this.#ports.jobs.addJob({
      jobId,
      kind: DELETE_ROOM,
      target: roomId,
      serverName: requester.isDeploymentAdmin ? undefined : requester.serverName,
      requestedBy: requester.userId,
      parameters: parametersOf(deletion),
    });
    return jobId;
  }

  /** Resolves when the job is over. */
  async finished(jobId: string): Promise<AdminJob> {
    const { jobs, clock } = this.#ports;
    for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS; waitedMs += POLL_MS) {
      const job = await jobs.findJob(jobId);
      if (job?.finishedAt !== undefined) return job;
      await clock.delay(POLL_MS);
    }
    throw new MatrixError('M_UNKNOWN', 503, `The deletion ${jobId} goes on in the background`);
  }

  /** Deletions of a room, the newest first, or one by its id. Throws 404 where there is none. */
  async find(requester: Requester, by: { readonly roomId?: string; readonly jobId?: string }): Promise<AdminJob[]> {
    const found = await this.#ports.jobs.listJobs({
      jobId: by.jobId,
      target: by.roomId,
      kinds: [DELETE_ROOM],
      serverName: requester.isDeploymentAdmin ? undefined : requester.serverName,
      limit: 100,
    });
    if (found.length > 0) return found;
    throw new MatrixError('M_NOT_FOUND', 404, 'No deletion of this id or of this room is known');
  }

  async #requireRoom(requester: Requester, roomId: string, { block, purge }: RoomDeletion): Promise<void> {
    if (block && (await this.#ports.rooms.findRoom(roomId)) === undefined) return;
    if (purge && !requester.isDeploymentAdmin) await this.#access.findOwned(requester, roomId);
    else await this.#access.find(requester, roomId);
  }

  #requireNewOwner({ isDeploymentAdmin, serverName }: Requester, { newRoomUserId: userId }: RoomDeletion): void {
    if (userId === undefined) return;
    if (!isUserId(userId)) throw new MatrixError('M_INVALID_PARAM', 400, '"new_room_user_id" is not a user id');
    const owners = serverNameOf(userId);
    if (isDeploymentAdmin ? this.#ports.servers.isHosted(owners) : owners === serverName) return;
    throw new MatrixError('M_INVALID_PARAM', 400, `User must be our own: ${userId}`);
  }
}

function parametersOf({ purge, force, newRoomUserId, newRoomName, message }: RoomDeletion): JsonObject {
  return {
    purge,
    force,
    ...(newRoomUserId !== undefined && { new_room_user_id: newRoomUserId }),
    ...(newRoomName !== undefined && { room_name: newRoomName }),
    ...(message !== undefined && { message }),
  };
}
