import { Delete, Get, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { deleteRoomRequest, readBody } from '@plexus/matrix-api';
import type { DeleteRoomRequest, DeleteStatusBody } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { AdminJob } from '@plexus/storage';
import { DeleteRoom } from '../../administration/delete-room.ts';
import type { RoomDeletion } from '../../administration/delete-room.ts';
import { resultOf } from '../../administration/delete-room-work.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1, SYNAPSE_ADMIN_V2 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';

/** Deletes rooms: the older way waits for the end, the newer one answers at once. */
@AdminController('')
export class DeleteRoomController {
  readonly #access: Access;
  readonly #deleteRoom: DeleteRoom;

  constructor(access: Access, deleteRoom: DeleteRoom) {
    this.#access = access;
    this.#deleteRoom = deleteRoom;
  }

  @Delete(`${SYNAPSE_ADMIN_V1}/rooms/:roomId`)
  async deleteAndWait(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<JsonObject> {
    const { progress, status, error } = await this.#deleteRoom.finished(await this.#start(request, roomId));
    if (status === 'complete') return resultOf(progress);
    throw new MatrixError('M_UNKNOWN', 400, error ?? 'The room could not be deleted');
  }

  @Delete(`${SYNAPSE_ADMIN_V2}/rooms/:roomId`)
  async delete(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<{ delete_id: string }> {
    return { delete_id: await this.#start(request, roomId) };
  }

  @Get(`${SYNAPSE_ADMIN_V2}/rooms/:roomId/delete_status`)
  async ofRoom(@Req() request: FastifyRequest, @Param('roomId') roomId: string): Promise<{ results: object[] }> {
    const jobs = await this.#deleteRoom.find(await this.#access.requireAdmin(request), { roomId });
    return { results: jobs.map(statusOf) };
  }

  @Get(`${SYNAPSE_ADMIN_V2}/rooms/delete_status/:deleteId`)
  async status(@Req() request: FastifyRequest, @Param('deleteId') jobId: string): Promise<object> {
    const [job] = await this.#deleteRoom.find(await this.#access.requireAdmin(request), { jobId });
    return job === undefined ? {} : statusOf(job);
  }

  async #start(request: FastifyRequest, roomId: string): Promise<string> {
    const requester = await this.#access.requireAdmin(request);
    const body = readBody(deleteRoomRequest, request.body, { emptyBody: 'object' });
    return this.#deleteRoom.start(requester, roomId, deletionOf(body));
  }
}

function deletionOf(body: DeleteRoomRequest): RoomDeletion {
  return {
    block: body.block ?? false,
    purge: body.purge ?? true,
    force: body.force_purge ?? false,
    newRoomUserId: body.new_room_user_id ?? undefined,
    newRoomName: body.room_name ?? undefined,
    message: body.message ?? undefined,
  };
}

function statusOf({
  jobId,
  status,
  error,
  progress,
}: AdminJob): Omit<DeleteStatusBody, 'shutdown_room'> & { readonly shutdown_room: JsonObject } {
  return {
    delete_id: jobId,
    status: status === 'cancelled' ? 'failed' : status,
    ...(error !== undefined && { error }),
    shutdown_room: resultOf(progress),
  };
}
