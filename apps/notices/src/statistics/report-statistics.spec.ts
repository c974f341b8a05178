import type { JsonObject } from '@plexus/matrix-base';
import type { ServerUsage, UsageCounts } from '@plexus/storage';
import { expect, it } from 'vitest';
import { ReportStatistics } from './report-statistics.ts';
import { UsageBoard } from './usage-board.ts';

const COUNTS: UsageCounts = {
  users: 10,
  nonbridgedUsers: 8,
  dailyActiveUsers: 4,
  monthlyActiveUsers: 6,
  dailyNative: 3,
  dailyGuests: 2,
  dailyBridged: 1,
  rooms: 7,
};
const PROCESS = {
  context: 'lab',
  startedAt: 1_000,
  memoryBytes: 5,
  cpuPercent: 1.6,
  nodeVersion: 'v24',
  databaseVersion: '18',
  cacheFactor: 0.5,
  logLevel: 'info',
};

function build(isTurn: boolean): {
  readonly reported: JsonObject[];
  readonly outcomes: unknown[];
  readonly run: ReportStatistics;
} {
  const usage: ServerUsage[] = ['one.example', 'two.example'].map((serverName) => {
    return { serverName, counts: COUNTS, countedAt: 0 };
  });
  const reported: JsonObject[] = [];
  const outcomes: unknown[] = [];
  const run = new ReportStatistics(
    {
      turns: {
        takeTurn: async (name, times) => isTurn && name === 'report' && times.firstMs === 5 && times.everyMs === 9,
      },
      board: new UsageBoard({ listCounts: async () => usage }, () => undefined),
      reports: {
        put: async (url, report) => {
          reported.push({ url, ...report });
          return { outcome: 'answered', status: 200 };
        },
      },
      clock: { now: () => 61_500 },
      describeProcess: async () => PROCESS,
    },
    {
      endpoint: 'https://stats.example/push',
      deploymentName: 'everything',
      firstMs: 5,
      everyMs: 9,
      reported: (...outcome) => outcomes.push(outcome),
    },
  );
  return { reported, outcomes, run };
}

it('reports each hosted server and all of them together, by what users are', async () => {
  const { reported, outcomes, run } = build(true);
  expect(await run.execute()).toBe(true);
  expect(reported.map(({ homeserver, total_users: users }) => [homeserver, users])).toEqual([
    ['one.example', 10],
    ['two.example', 10],
    ['everything', 20],
  ]);
  expect(reported[0]).toEqual({
    url: 'https://stats.example/push',
    homeserver: 'one.example',
    server_context: 'lab',
    timestamp: 61,
    uptime_seconds: 60,
    total_users: 10,
    total_nonbridged_users: 8,
    daily_user_type_native: 3,
    daily_user_type_guest: 2,
    daily_user_type_bridged: 1,
    total_room_count: 7,
    daily_active_users: 4,
    monthly_active_users: 6,
    memory_rss: 5,
    cpu_average: 2,
    cache_factor: 0.5,
    node_version: 'v24',
    database_engine: 'postgres',
    database_server_version: '18',
    log_level: 'info',
  });
  expect(outcomes).toHaveLength(3);
});

it('reports nothing while another replica does', async () => {
  const { reported, run } = build(false);
  expect(await run.execute()).toBe(false);
  expect(reported).toEqual([]);
});
