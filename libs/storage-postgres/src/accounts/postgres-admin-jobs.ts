import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@plexus/matrix-base';
import type {
  AdminJob,
  AdminJobEnd,
  AdminJobQuery,
  AdminJobRepository,
  AdminJobStatus,
  NewAdminJob,
} from '@plexus/storage';
import { textArray } from '../postgres/binary-arrays.ts';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

interface JobRow {
  readonly job_id: string;
  readonly kind: string;
  readonly target: string;
  readonly server_name: string | null;
  readonly requested_by: string;
  readonly parameters: JsonObject;
  readonly status: AdminJobStatus;
  readonly progress: JsonObject;
  readonly result: JsonObject | null;
  readonly error: string | null;
  readonly attempts: number;
  readonly created_at: Date;
  readonly changed_at: Date;
  readonly finished_at: Date | null;
}

export class PostgresAdminJobs implements AdminJobRepository {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async addJob(job: NewAdminJob): Promise<void> {
    await this.#database.run(ADD_JOB, valuesOf(job));
  }

  async addJobUnlessOpen(job: NewAdminJob): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      await transaction.run(LOCK_TARGET, [`${job.kind} ${job.target}`]);
      return (await transaction.run(ADD_JOB_UNLESS_OPEN, valuesOf(job))).length === 1;
    });
  }

  async beginJob(job: NewAdminJob, claimMs: number): Promise<string> {
    const claim = randomUUID();
    await this.#database.run(BEGIN_JOB, [...valuesOf(job), claim, claimMs]);
    return claim;
  }

  async findJob(jobId: string): Promise<AdminJob | undefined> {
    const [job] = await this.listJobs({ jobId, limit: 1 });
    return job;
  }

  async listJobs(query: AdminJobQuery): Promise<AdminJob[]> {
    const { jobId, kinds, target, statuses, serverName, createdBefore, limit } = query;
    const values = [
      jobId,
      kinds && textArray(kinds),
      target,
      statuses && textArray(statuses),
      serverName,
      createdBefore,
      limit,
    ];
    return (await this.#database.run<JobRow>(LIST_JOBS, values)).map(jobOf);
  }

  async claimJob(claimMs: number): Promise<{ job: AdminJob; claim: string } | undefined> {
    const claim = randomUUID();
    const [row] = await this.#database.run<JobRow>(CLAIM_JOB, [claim, claimMs]);
    return row && { job: jobOf(row), claim };
  }

  async recordProgress(claim: string, progress: JsonObject, claimMs: number): Promise<boolean> {
    return (await this.#database.run(RECORD_PROGRESS, [claim, JSON.stringify(progress), claimMs])).length === 1;
  }

  async finishJob(claim: string, end: AdminJobEnd): Promise<boolean> {
    const result = end.status === 'complete' ? JSON.stringify(end.result) : undefined;
    const error = end.status === 'failed' ? end.error : undefined;
    return (await this.#database.run(FINISH_JOB, [claim, end.status, result, error])).length === 1;
  }

  async restJob(claim: string, error: string | undefined, restMs: number): Promise<void> {
    await this.#database.run(REST_JOB, [claim, error, restMs]);
  }

  async cancelJob(jobId: string): Promise<boolean> {
    return (await this.#database.run(CANCEL_JOB, [jobId])).length === 1;
  }

  async removeFinished(olderThanMs: number, limit: number): Promise<number> {
    return (await this.#database.run(REMOVE_FINISHED, [olderThanMs, limit])).length;
  }
}

function valuesOf({ jobId, kind, target, serverName, requestedBy, parameters }: NewAdminJob): (string | undefined)[] {
  return [jobId, kind, target, serverName, requestedBy, JSON.stringify(parameters)];
}

function jobOf(row: JobRow): AdminJob {
  return {
    jobId: row.job_id,
    kind: row.kind,
    target: row.target,
    serverName: row.server_name ?? undefined,
    requestedBy: row.requested_by,
    parameters: row.parameters,
    status: row.status,
    progress: row.progress,
    result: row.result ?? undefined,
    error: row.error ?? undefined,
    attempts: row.attempts,
    createdAt: row.created_at.getTime(),
    changedAt: row.changed_at.getTime(),
    finishedAt: row.finished_at?.getTime(),
  };
}

const COLUMNS = `job_id, kind, target, server_name, requested_by, parameters, status, progress, result, error, attempts, created_at,
  changed_at, finished_at`;

const ADD_JOB: Statement = {
  name: 'add_admin_job',
  text: `insert into admin_jobs (job_id, kind, target, server_name, requested_by, parameters)
         values ($1, $2, $3, $4, $5, $6::jsonb)`,
};
const BEGIN_JOB: Statement = {
  name: 'begin_admin_job',
  text: `insert into admin_jobs (job_id, kind, target, server_name, requested_by, parameters, status, attempts, claim, claimed_until)
         values ($1, $2, $3, $4, $5, $6::jsonb, 'active', 1, $7, now() + make_interval(secs => $8::float8 / 1000))
         on conflict (job_id) do update set status = 'active', attempts = admin_jobs.attempts + 1, claim = excluded.claim,
           claimed_until = excluded.claimed_until, result = null, error = null, changed_at = now(), finished_at = null`,
};
/** @NOTE Two that look at the same time would both find none. */
const LOCK_TARGET: Statement = {
  name: 'lock_admin_job_target',
  text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
};
const ADD_JOB_UNLESS_OPEN: Statement = {
  name: 'add_admin_job_unless_open',
  text: `insert into admin_jobs (job_id, kind, target, server_name, requested_by, parameters)
         select $1, $2, $3, $4, $5, $6::jsonb
         where not exists (select from admin_jobs where target = $3 and kind = $2 and finished_at is null)
         returning 1`,
};
const LIST_JOBS: Statement = {
  name: 'list_admin_jobs',
  text: `select ${COLUMNS} from admin_jobs
          where ($1::text is null or job_id = $1) and ($2::text[] is null or kind = any($2::text[]))
            and ($3::text is null or target = $3) and ($4::text[] is null or status = any($4::text[]))
            and ($5::text is null or server_name = $5)
            and ($6::float8 is null or created_at < to_timestamp($6::float8 / 1000))
          order by created_at desc, job_id limit $7`,
};
const CLAIM_JOB: Statement = {
  name: 'claim_admin_job',
  text: `update admin_jobs set claim = $1, claimed_until = now() + make_interval(secs => $2::float8 / 1000),
           status = 'active', attempts = attempts + 1, changed_at = now()
          where job_id = (select job_id from admin_jobs
                           where finished_at is null and (claimed_until is null or claimed_until < now())
                           order by created_at limit 1 for update skip locked)
         returning ${COLUMNS}`,
};
const RECORD_PROGRESS: Statement = {
  name: 'record_admin_job_progress',
  text: `update admin_jobs set progress = $2::jsonb, claimed_until = now() + make_interval(secs => $3::float8 / 1000),
           error = null, changed_at = now()
          where claim = $1 and finished_at is null returning 1`,
};
const FINISH_JOB: Statement = {
  name: 'finish_admin_job',
  text: `update admin_jobs set status = $2, result = $3::jsonb, error = $4, claim = null, claimed_until = null,
           changed_at = now(), finished_at = now()
          where claim = $1 and finished_at is null returning 1`,
};
const REST_JOB: Statement = {
  name: 'rest_admin_job',
  text: `update admin_jobs set claim = null, claimed_until = now() + make_interval(secs => $3::float8 / 1000),
           error = $2, changed_at = now()
          where claim = $1 and finished_at is null`,
};
const CANCEL_JOB: Statement = {
  name: 'cancel_admin_job',
  text: `update admin_jobs set status = 'cancelled', error = 'cancelled by an administrator', claim = null,
           claimed_until = null, changed_at = now(), finished_at = now()
          where job_id = $1 and finished_at is null returning 1`,
};
const REMOVE_FINISHED: Statement = {
  name: 'remove_finished_admin_jobs',
  text: `delete from admin_jobs where job_id in (
           select job_id from admin_jobs
            where finished_at < now() - make_interval(secs => $1::float8 / 1000) limit $2)
         returning 1`,
};
