import type { ReportingProcess } from './statistics/build-report.ts';
import { ControlBroadcasts } from './broadcasts/control-broadcasts.ts';
import { RunBroadcasts } from './broadcasts/run-broadcasts.ts';
import { AnnouncePolicies } from './checks/announce-policies.ts';
import { RunChecks } from './checks/run-checks.ts';
import { TellOfConsent } from './checks/tell-of-consent.ts';
import { TellOfLimit } from './checks/tell-of-limit.ts';
import type { NoticesConfig } from './config.ts';
import { noticePolicies, usageLimits } from './config.ts';
import { NoticesEndpoint } from './in/notices-endpoint.ts';
import type { NoticesPorts } from './notices-ports.ts';
import { AdmitUser } from './rooms/admit-user.ts';
import { MakeRoom } from './rooms/make-room.ts';
import { ReadPins } from './rooms/read-pins.ts';
import { RestyleRoom } from './rooms/restyle-room.ts';
import { SendNotice } from './sending/send-notice.ts';
import { SendOnce } from './sending/send-once.ts';
import { CountUsage } from './statistics/count-usage.ts';
import { ReportStatistics } from './statistics/report-statistics.ts';
import { UsageBoard } from './statistics/usage-board.ts';
import type { NoticesTelemetry } from './telemetry.ts';

/** How long a notice that somebody asked for is known by its name. */
const REMEMBERED_MS = 30 * 86_400_000;
/** How often is looked for policies that have come into force. */
export const ANNOUNCE_EVERY_MS = 5_000;

/** What this app does, made of what it needs from outside. */
export interface Notices {
  readonly endpoint: NoticesEndpoint;
  readonly sendOnce: SendOnce;
  readonly runBroadcasts: RunBroadcasts;
  readonly board: UsageBoard;
  readonly countUsage: CountUsage;
  /** Nothing where nobody wants reports. */
  readonly reportStatistics: ReportStatistics | undefined;
  readonly runChecks: RunChecks;
  readonly announcePolicies: AnnouncePolicies;
}

export interface NoticesSurroundings {
  readonly telemetry: NoticesTelemetry;
  readonly describeProcess: () => Promise<ReportingProcess>;
}

export function composeNotices(
  config: NoticesConfig,
  ports: NoticesPorts,
  { telemetry, describeProcess }: NoticesSurroundings,
): Notices {
  const policyOf = noticePolicies(config);
  const makeRoom = new MakeRoom({ ...ports, keys: ports.servers });
  const sendNotice = new SendNotice(
    { ...ports, policyOf },
    {
      makeRoom,
      admitUser: new AdmitUser(ports),
      restyleRoom: new RestyleRoom(ports),
    },
  );
  const sendOnce = new SendOnce(ports.deliveries, sendNotice);
  const board = new UsageBoard(ports.counts, usageLimits(config));
  const tellOfConsent = new TellOfConsent({ ...ports, sendOnce });
  const tellOfLimit = new TellOfLimit({
    ...ports,
    makeRoom,
    pins: new ReadPins(ports.rooms, ports.states),
    sendOnce,
    reachedLimit: (server) => board.reachedLimit(server),
  });
  return {
    sendOnce,
    board,
    endpoint: new NoticesEndpoint(sendOnce, new ControlBroadcasts({ ...ports, policyOf }), {
      rememberedMs: REMEMBERED_MS,
      defaultRate: config.server_notices.broadcast_rate,
      answered: (outcome) => telemetry.noticeSent(outcome),
    }),
    runBroadcasts: new RunBroadcasts({ ...ports, sendNotice }, telemetry),
    countUsage: new CountUsage({ ...ports, board, tellOfLimit, policyOf }),
    reportStatistics: composeReports(config, { ...ports, board, describeProcess }, telemetry),
    runChecks: new RunChecks({ ...ports, policyOf }, [tellOfConsent, tellOfLimit], (error) =>
      telemetry.failed('check', error),
    ),
    announcePolicies: new AnnouncePolicies(
      { ...ports, policyOf },
      { everyMs: ANNOUNCE_EVERY_MS, perSecond: config.server_notices.broadcast_rate },
    ),
  };
}

function composeReports(
  { report_stats: settings, deployment_name: deploymentName }: NoticesConfig,
  ports: ConstructorParameters<typeof ReportStatistics>[0],
  telemetry: NoticesTelemetry,
): ReportStatistics | undefined {
  const { enabled, endpoint, first_after: firstMs, interval: everyMs } = settings;
  if (!enabled || endpoint === undefined) return undefined;
  return new ReportStatistics(ports, {
    endpoint,
    deploymentName,
    firstMs,
    everyMs,
    reported: (homeserver, outcome) => telemetry.reported(homeserver, outcome),
  });
}
