import { anyObject, choice, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const JOB_STATUSES = ['scheduled', 'active', 'complete', 'failed', 'cancelled'] as const;

const job = object({
  job_id: text(),
  kind: text(),
  target: text(),
  server_name: optional(text()),
  requested_by: text(),
  status: choice(JOB_STATUSES),
  progress: anyObject(),
  result: optional(anyObject()),
  error: optional(text()),
  created_at: integer(),
  changed_at: integer(),
  finished_at: optional(integer()),
});
export type AdminJobBody = Described<typeof job>;

/** `GET /_plexus/admin/v1/jobs` */
export const adminJobsQuery = new Shape(
  object({
    kind: optional(text()),
    target: optional(text()),
    status: optional(choice(JOB_STATUSES)),
    limit: optional(integer({ minimum: 1 })),
  }),
);
export const adminJobsResponse = new Shape(object({ jobs: list(job) }));
export const adminJobResponse = new Shape(job);
