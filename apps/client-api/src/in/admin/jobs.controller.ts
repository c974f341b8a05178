import { Delete, Get, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { adminJobsQuery, readQuery } from '@plexus/matrix-api';
import type { AdminJobBody } from '@plexus/matrix-api';
import type { AdminJob } from '@plexus/storage';
import { ManageAdminJobs } from '../../jobs/manage-admin-jobs.ts';
import { Access } from '../access.ts';
import { ADMIN_V1 } from '../client-prefixes.ts';
import { AdminController } from './admin-controller.ts';
import { pageLimit } from './pages.ts';

/** Long work: purges, deletions, exports. */
@AdminController(`${ADMIN_V1}/jobs`)
export class JobsController {
  readonly #access: Access;
  readonly #jobs: ManageAdminJobs;

  constructor(access: Access, jobs: ManageAdminJobs) {
    this.#access = access;
    this.#jobs = jobs;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Query() query: unknown): Promise<{ jobs: AdminJobBody[] }> {
    const requester = await this.#access.requireAdmin(request);
    const { kind, target, status, limit } = readQuery(adminJobsQuery, query);
    const jobs = await this.#jobs.list(requester, {
      target,
      kinds: kind === undefined ? undefined : [kind],
      statuses: status === undefined ? undefined : [status],
      limit: pageLimit(limit),
    });
    return { jobs: jobs.map(bodyOfJob) };
  }

  @Get(':jobId')
  async get(@Req() request: FastifyRequest, @Param('jobId') jobId: string): Promise<AdminJobBody> {
    return bodyOfJob(await this.#jobs.get(await this.#access.requireAdmin(request), jobId));
  }

  /** What is done stays done; the rest is left. */
  @Delete(':jobId')
  async cancel(@Req() request: FastifyRequest, @Param('jobId') jobId: string): Promise<AdminJobBody> {
    return bodyOfJob(await this.#jobs.cancel(await this.#access.requireAdmin(request), jobId));
  }
}

function bodyOfJob(job: AdminJob): AdminJobBody {
  return {
    job_id: job.jobId,
    kind: job.kind,
    target: job.target,
    requested_by: job.requestedBy,
    status: job.status,
    progress: job.progress,
    created_at: job.createdAt,
    changed_at: job.changedAt,
    ...(job.serverName !== undefined && { server_name: job.serverName }),
    ...(job.result !== undefined && { result: job.result }),
    ...(job.error !== undefined && { error: job.error }),
    ...(job.finishedAt !== undefined && { finished_at: job.finishedAt }),
  };
}
