import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { AdminJobRepository, ExportRepository } from '@plexus/storage';
import { newRandomId } from '../accounts/random-ids.ts';
import { RETENTION } from './retention-work.ts';

export interface ScheduleRetentionPorts {
  readonly jobs: AdminJobRepository;
  readonly exports: Pick<ExportRepository, 'removeOrphans'>;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const EVERYWHERE = 'all rooms';
const KEPT_MS = 7 * 24 * 3_600_000;
const AT_ONCE = 1_000;

/** Starts a round of retention whenever the last one is over for long enough, whichever process did it, and forgets jobs that are long over. */
export class ScheduleRetention {
  readonly #ports: ScheduleRetentionPorts;
  readonly #intervalMs: number;

  constructor(ports: ScheduleRetentionPorts, intervalMs: number) {
    this.#ports = ports;
    this.#intervalMs = intervalMs;
  }

  async execute(): Promise<void> {
    const { jobs, random } = this.#ports;
    if ((await jobs.removeFinished(KEPT_MS, AT_ONCE)) > 0) await this.#ports.exports.removeOrphans();
    const [last] = await jobs.listJobs({ kinds: [RETENTION], limit: 1 });
    if (last !== undefined && this.#ports.clock.now() - (last.finishedAt ?? Infinity) < this.#intervalMs) return;
    const about = { kind: RETENTION, target: EVERYWHERE, serverName: undefined, requestedBy: 'retention' };
    await jobs.addJobUnlessOpen({ ...about, jobId: newRandomId(random), parameters: {} });
  }
}
