import type { Clock } from '@plexus/matrix-base';
import type { ReportOutcome, Reports } from '@plexus/rpc';
import type { NoticesTurns } from '@plexus/storage';
import { buildReport } from './build-report.ts';
import type { ReportingProcess } from './build-report.ts';
import type { UsageBoard } from './usage-board.ts';

export interface ReportStatisticsPorts {
  readonly turns: NoticesTurns;
  readonly board: Pick<UsageBoard, 'refresh' | 'list' | 'total'>;
  readonly reports: Reports;
  readonly clock: Pick<Clock, 'now'>;
  /** What is to be said of this process. */
  readonly describeProcess: () => Promise<ReportingProcess>;
}

export interface ReportStatisticsOptions {
  readonly endpoint: string;
  readonly deploymentName: string;
  readonly firstMs: number;
  readonly everyMs: number;
  /** Told what became of each report; must not throw. */
  reported(homeserver: string, outcome: ReportOutcome): void;
}

/** Reports how many users and rooms there are: of each hosted server, and of all together. One replica does it for all; nothing is repeated. */
export class ReportStatistics {
  readonly #ports: ReportStatisticsPorts;
  readonly #options: ReportStatisticsOptions;

  constructor(ports: ReportStatisticsPorts, options: ReportStatisticsOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Whether it was this replica's turn. */
  async execute(): Promise<boolean> {
    const { turns, board, describeProcess } = this.#ports;
    const { deploymentName, firstMs, everyMs } = this.#options;
    if (!(await turns.takeTurn('report', { firstMs, everyMs }))) return false;
    await board.refresh();
    const process = await describeProcess();
    for (const { serverName, counts } of board.list()) await this.#put(serverName, counts, process);
    await this.#put(deploymentName, board.total(), process);
    return true;
  }

  async #put(homeserver: string, counts: Parameters<typeof buildReport>[1], process: ReportingProcess): Promise<void> {
    const { reports, clock } = this.#ports;
    const report = buildReport(homeserver, counts, { process, now: clock.now() });
    this.#options.reported(homeserver, await reports.put(this.#options.endpoint, report));
  }
}
