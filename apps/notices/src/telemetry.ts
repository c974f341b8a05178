import type { ReportOutcome } from '@plexus/rpc';
import type { Logger } from '@plexus/service-shell';
import type { Broadcast, RecipientOutcome, UsageCounts } from '@plexus/storage';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { BroadcastObserver } from './broadcasts/run-broadcasts.ts';
import type { UsageBoard } from './statistics/usage-board.ts';

/** What this app counts and logs. */
export class NoticesTelemetry implements BroadcastObserver {
  readonly #logger: Logger;
  readonly #notices: Counter;
  readonly #recipients: Counter;
  readonly #failures: Counter;
  readonly #reports: Counter;

  constructor(registry: Registry, logger: Logger) {
    this.#logger = logger;
    const registers = [registry];
    this.#notices = new Counter({
      name: 'plexus_notices_total',
      help: 'Notices that were asked for, by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.#recipients = new Counter({
      name: 'plexus_broadcast_recipients_total',
      help: 'Recipients of broadcasts that were sent to, by what became of it.',
      labelNames: ['outcome'],
      registers,
    });
    this.#failures = new Counter({
      name: 'plexus_notices_failures_total',
      help: 'Failures of infrastructure, by what was being done.',
      labelNames: ['doing'],
      registers,
    });
    this.#reports = new Counter({
      name: 'plexus_statistics_reports_total',
      help: 'Reports of statistics, by the class of their status or by why there was no answer.',
      labelNames: ['outcome'],
      registers,
    });
  }

  /** A notice that was asked for was sent, or refused. */
  noticeSent(outcome: 'sent' | 'refused'): void {
    this.#notices.inc({ outcome });
  }

  broadcastSent({ broadcastId }: Broadcast, outcomes: readonly RecipientOutcome[]): void {
    for (const { outcome } of outcomes) this.#recipients.inc({ outcome });
    const failed = outcomes.find(({ outcome }) => outcome === 'again');
    if (failed === undefined) return;
    this.#logger.info('Recipients of a broadcast cannot be reached and come again', {
      broadcast: broadcastId,
      because: failed.detail,
    });
  }

  broadcastCompleted({ broadcastId, serverName, recipients }: Broadcast): void {
    this.#logger.info('A broadcast is complete', { broadcast: broadcastId, server: serverName, recipients });
  }

  broadcastFailed(error: unknown): void {
    this.failed('broadcast', error);
  }

  failed(
    doing: 'broadcast' | 'check' | 'account-events' | 'count' | 'report' | 'upkeep' | 'announcement' | 'life',
    error: unknown,
  ): void {
    this.#failures.inc({ doing });
    this.#logger.warn('Notices could not be looked after', { doing, err: error });
  }

  reported(homeserver: string, outcome: ReportOutcome): void {
    const isAnswered = outcome.outcome === 'answered';
    this.#reports.inc({ outcome: isAnswered ? `${Math.floor(outcome.status / 100)}xx` : outcome.reason });
    if (isAnswered && outcome.status < 300) return;
    this.#logger.warn('Statistics were not taken', { homeserver, ...outcome });
  }

  /** What was counted of all hosted servers together, and of each where operators asked for it. */
  watchUsage(
    registry: Registry,
    board: UsageBoard,
    { isByServer, mostActive }: { readonly isByServer: boolean; readonly mostActive: number },
  ): void {
    const labelNames = isByServer ? ['kind', 'server'] : ['kind'];
    const gauge: Gauge = new Gauge({
      name: 'plexus_usage',
      help: 'Users and rooms as they were last counted, by what they are.',
      labelNames,
      registers: [registry],
      collect: () => {
        gauge.reset();
        if (!isByServer) return set({}, board.total());
        for (const { serverName, counts } of board.list()) set({ server: serverName }, counts);
      },
    });
    const mau: Gauge = new Gauge({
      name: 'synapse_admin_mau_current',
      help: 'Users who were active within 30 days.',
      registers: [registry],
      collect: () => mau.set(board.total().monthlyActiveUsers),
    });
    new Gauge({
      name: 'synapse_admin_mau_max',
      help: 'How many users of a hosted server may be active within 30 days, where it has no limit of its own; 0: any number.',
      registers: [registry],
    }).set(mostActive);

    function set(labels: Readonly<Record<string, string>>, counts: UsageCounts): void {
      for (const [name, kind] of Object.entries(KINDS))
        gauge.set({ ...labels, kind }, counts[name as keyof UsageCounts]);
    }
  }
}

const KINDS: Readonly<Record<keyof UsageCounts, string>> = {
  users: 'users',
  nonbridgedUsers: 'nonbridged_users',
  dailyActiveUsers: 'daily_active_users',
  monthlyActiveUsers: 'monthly_active_users',
  dailyNative: 'daily_user_type_native',
  dailyGuests: 'daily_user_type_guest',
  dailyBridged: 'daily_user_type_bridged',
  rooms: 'rooms',
};
