import type { Logger } from '@plexus/service-shell';
import type { AdminJob } from '@plexus/storage';
import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { JobOutcome } from './run-admin-jobs.ts';

/** Counts and logs how jobs of administration go. */
export function jobTelemetry(
  registry: Registry,
  logger: Logger,
): (outcome: JobOutcome, job: AdminJob | undefined) => void {
  const runs = new Counter({
    name: 'plexus_admin_job_runs_total',
    help: 'Times that this process took up a job of administration, by kind and how it went.',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  });
  return (outcome, job) => {
    if (outcome === 'idle') return;
    const fields = { job_id: job?.jobId, kind: job?.kind, target: job?.target };
    runs.inc({ kind: job?.kind ?? 'none', outcome: typeof outcome === 'string' ? outcome : 'rests' });
    if (typeof outcome === 'string') logger.info(`A job is ${outcome}`, fields);
    else logger.warn('A job stopped and will be taken up again', { ...fields, err: outcome.error });
  };
}
