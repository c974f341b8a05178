import { AccountEventIntake } from '@plexus/account-events';
import type { Resources } from '@plexus/service-adapters';
import type { Shell } from '@plexus/service-shell';
import { ACCOUNT_PARTITIONS } from '@plexus/storage';
import { PostgresAccountEvents } from '@plexus/storage-postgres';
import { ACCOUNT_EVENTS, TopicGroup } from '@plexus/topics';
import type { RunChecks } from './checks/run-checks.ts';
import { TakeAccountEvents } from './in/take-account-events.ts';
import type { NoticesPorts } from './notices-ports.ts';
import type { NoticesTelemetry } from './telemetry.ts';

const GROUP = 'notices';
const SWEEP_EVERY_MS = 2_000;
const SETUP = { topic: ACCOUNT_EVENTS, partitions: ACCOUNT_PARTITIONS };

export interface FollowingSurroundings {
  readonly runChecks: Pick<RunChecks, 'concerns'>;
  readonly ports: Pick<NoticesPorts, 'checks'>;
  readonly telemetry: NoticesTelemetry;
}

/** Follows `account.events` until the service stops: who was registered or seen is looked after. */
export function followAccounts(
  { clock, shutdown }: Shell,
  { topics, databases }: Resources,
  { runChecks, ports: { checks }, telemetry }: FollowingSurroundings,
): void {
  const failed = (error: unknown): void => telemetry.failed('account-events', error);
  const takeEvents = new TakeAccountEvents(checks, runChecks);
  const intake = new AccountEventIntake({
    reader: new PostgresAccountEvents(databases.accounts),
    readPosition: (partition) => checks.findPosition(partition),
    take: (partition, events) => takeEvents.execute(partition, events),
    generation: () => databases.gate.current(),
    failed,
  });
  const group = new TopicGroup({ topics, clock, failed: (_doing, error) => failed(error) }, [SETUP], {
    topic: ACCOUNT_EVENTS,
    group: GROUP,
    address: '',
    currentOwners: async () => new Map(),
    assigned: (partitions) => intake.assigned(partitions),
    revoked: (partitions) => intake.revoked(partitions),
    // Where it goes on is a position in Postgres.
    startOffset: async () => 'latest',
    handler: intake,
    isRelaxed: true,
  });
  group.join();
  const stopping = new AbortController();
  const sweeping = sweepUntil(stopping.signal);
  shutdown.onStop('facts about accounts', async () => {
    stopping.abort();
    await Promise.all([group.stop(), sweeping]);
  });

  async function sweepUntil(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await clock.delay(SWEEP_EVERY_MS, stopped);
      if (!stopped.aborted) await intake.sweep().catch(failed);
    }
  }
}
