import type { Shell } from '@plexus/service-shell';
import { ANNOUNCE_EVERY_MS } from './compose-notices.ts';
import type { Notices } from './compose-notices.ts';
import { isOn, isUsageWanted } from './config.ts';
import type { NoticesPorts } from './notices-ports.ts';
import type { NoticesTelemetry } from './telemetry.ts';

const BOARD_EVERY_MS = 10_000;
const LOOK_EVERY_MS = 5_000;
const UPKEEP_EVERY_MS = 600_000;
const FORGOTTEN_AT_ONCE = 10_000;
const SHORTEST_MS = 100;

/** Sends broadcasts, counts users and reports them, and forgets what is old, until the service stops. */
export function startBackground(
  { config, clock, registry, shutdown }: Pick<Shell, 'config' | 'clock' | 'registry' | 'shutdown'>,
  { runBroadcasts, board, countUsage, reportStatistics, runChecks, announcePolicies }: Notices,
  {
    ports,
    telemetry,
  }: {
    readonly ports: Pick<NoticesPorts, 'deliveries' | 'gone' | 'turns' | 'servers'>;
    readonly telemetry: NoticesTelemetry;
  },
): void {
  const stopping = new AbortController();
  const { signal } = stopping;
  telemetry.watchUsage(registry, board, {
    isByServer: config.report_stats.metrics_by_server,
    mostActive: config.usage_limit.limit_usage_by_mau ? config.usage_limit.max_mau_value : 0,
  });
  const { count_interval: countEveryMs } = config.usage_limit;
  const { first_after: firstMs, interval: reportEveryMs } = config.report_stats;
  const hasNotices = isOn(config);
  const running = [
    ...(hasNotices
      ? [
          runBroadcasts.runUntil(signal),
          runChecks.runUntil(signal),
          repeat('announcement', ANNOUNCE_EVERY_MS, () => announcePolicies.execute()),
          repeat('upkeep', UPKEEP_EVERY_MS / 10, () => forget()),
        ]
      : []),
    repeat('count', within(LOOK_EVERY_MS, countEveryMs), () => count()),
    repeat('count', within(BOARD_EVERY_MS, countEveryMs), () => board.refresh()),
    ...(reportStatistics === undefined
      ? []
      : [repeat('report', within(LOOK_EVERY_MS, firstMs, reportEveryMs), () => reportStatistics.execute())]),
  ];
  shutdown.onStop('notices in the background', async () => {
    stopping.abort();
    await Promise.all(running);
  });

  async function count(): Promise<void> {
    const isWanted = isUsageWanted(config, ports.servers.list());
    if (hasNotices || isWanted) await countUsage.execute({ everyMs: countEveryMs, isWanted });
  }

  async function forget(): Promise<void> {
    if (!(await ports.turns.takeTurn('upkeep', { firstMs: 0, everyMs: UPKEEP_EVERY_MS }))) return;
    await ports.deliveries.removeExpired(FORGOTTEN_AT_ONCE);
    await ports.gone.removeGone(FORGOTTEN_AT_ONCE);
    await runBroadcasts.removeOld();
  }

  async function repeat(
    doing: 'announcement' | 'count' | 'report' | 'upkeep',
    everyMs: number,
    work: () => Promise<unknown>,
  ): Promise<void> {
    while (!signal.aborted) {
      await work().catch((error: unknown) => telemetry.failed(doing, error));
      await clock.delay(everyMs, signal);
    }
  }
}

/** How often to look, where something may be due as often as this. */
function within(...periods: readonly number[]): number {
  return Math.max(SHORTEST_MS, Math.min(...periods));
}
