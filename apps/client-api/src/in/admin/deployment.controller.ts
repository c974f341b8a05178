import { Get, Inject, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQuery, scheduledTasksQuery } from '@plexus/matrix-api';
import type { ScheduledTaskBody } from '@plexus/matrix-api';
import type { AdminJob, RoomSizeReader } from '@plexus/storage';
import { ManageAdminJobs } from '../../jobs/manage-admin-jobs.ts';
import { Access } from '../access.ts';
import { SYNAPSE_ADMIN_V1 } from '../client-prefixes.ts';
import { ROOM_SIZES } from '../tokens.ts';
import { AdminController } from './admin-controller.ts';

const VERSION = '0.1.0';
const MAX_TASKS = 1_000;
const LARGEST_ROOMS = 10;

/** The deployment as a whole. */
@AdminController(SYNAPSE_ADMIN_V1)
export class DeploymentController {
  readonly #access: Access;
  readonly #jobs: ManageAdminJobs;
  readonly #roomSizes: RoomSizeReader;

  constructor(access: Access, jobs: ManageAdminJobs, @Inject(ROOM_SIZES) roomSizes: RoomSizeReader) {
    this.#access = access;
    this.#jobs = jobs;
    this.#roomSizes = roomSizes;
  }

  /** Needs no administrator, as Synapse's. */
  @Get('server_version')
  version(): { server_version: string } {
    return { server_version: `Plexus ${VERSION}` };
  }

  @Get('scheduled_tasks')
  async tasks(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<{ scheduled_tasks: ScheduledTaskBody[] }> {
    const requester = await this.#access.requireAdmin(request);
    const asked = readQuery(scheduledTasksQuery, query);
    const jobs = await this.#jobs.list(requester, {
      kinds: asked.action_name === undefined ? undefined : [asked.action_name],
      target: asked.resource_id,
      statuses: asked.job_status === undefined ? undefined : [asked.job_status],
      createdBefore: asked.max_timestamp,
      limit: MAX_TASKS,
    });
    return { scheduled_tasks: jobs.map(taskOf) };
  }

  @Get('statistics/database/rooms')
  async largestRooms(@Req() request: FastifyRequest): Promise<object> {
    await this.#access.requireDeploymentAdmin(request);
    const rooms = await this.#roomSizes.listLargestRooms(LARGEST_ROOMS);
    return { rooms: rooms.map(({ roomId, bytes }) => ({ room_id: roomId, estimated_size: bytes })) };
  }

  /** What would run in the background here is done by jobs. */
  @Get('background_updates/status')
  async backgroundUpdates(@Req() request: FastifyRequest): Promise<object> {
    await this.#access.requireAdmin(request);
    return { enabled: true, current_updates: {} };
  }
}

function taskOf(job: AdminJob): ScheduledTaskBody {
  return {
    id: job.jobId,
    action: job.kind,
    status: job.status === 'cancelled' ? 'failed' : job.status,
    timestamp_ms: job.changedAt,
    resource_id: job.target,
    result: job.result ?? null,
    error: job.error ?? null,
  };
}
