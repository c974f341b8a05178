import { parseArgs } from 'node:util';
import { closeLoadServer } from './federation/load-server-process.ts';
import { keepResults } from './keep-results.ts';
import { renderReport } from './report.ts';
import type { KeptResult } from './report.ts';
import { runScenario } from './run-scenario.ts';
import { appserviceCatchUp, appserviceDelivery, appserviceLatency } from './scenarios/appservices.ts';
import { pagesInRoomOf } from './scenarios/deep-history.ts';
import { sendToSync } from './scenarios/delivery.ts';
import { registrations } from './scenarios/accounts.ts';
import { deliveries, federatedJoin, federatedPdus } from './scenarios/federation.ts';
import { backPagination, searches } from './scenarios/reading.ts';
import { joinsInRoomOf, sendsInRoomOf } from './scenarios/room-size.ts';
import { joinsAtOnce, roomCreations } from './scenarios/rooms.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { pacedSends, sends } from './scenarios/sends.ts';
import { usageOf } from './process-usage.ts';
import { fanOut, incrementalSync, initialSync } from './scenarios/syncing.ts';
import { startPlexusCluster } from './targets/plexus-cluster.ts';
import { startPlexusEmbedded } from './targets/plexus-embedded.ts';
import { startSynapse } from './targets/synapse.ts';
import type { Target } from './targets/target.ts';

const { values: options } = parseArgs({
  options: {
    large: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true, default: [''] },
    targets: { type: 'string', default: 'synapse,embedded,cluster' },
    keep: { type: 'boolean', default: false },
  },
});

const seconds = Number(options.seconds ?? (options.quick ? 3 : 10));
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const sizes = options.large ? [10, 1_000, 20_000] : [10, 1_000];
const events = options.quick ? 1_000 : 10_000;

const scenarios: Scenario[] = [
  ...[1, 16, 64].map((concurrency) => sends(concurrency, 50, concurrency, seconds)),
  ...[1, 16, 64].map((concurrency) => sends(concurrency, 1, 100, seconds)),
  pacedSends(20, 10, seconds),
  sendToSync(options.quick ? 30 : 100),
  fanOut(100, options.quick ? 10 : 50),
  initialSync(200, options.quick ? 10 : 30),
  incrementalSync(2_000, options.quick ? 200 : 1_000),
  ...sizes.map((members) => sendsInRoomOf(members, 300)),
  ...sizes.map((members) => joinsInRoomOf(members, 100)),
  registrations(100, 8),
  ...[1, 16].map((concurrency) => roomCreations(50, concurrency)),
  joinsAtOnce(100, 16),
  backPagination(events, 100),
  searches(events, 100),
  appserviceDelivery(64, 50, seconds),
  appserviceLatency(options.quick ? 30 : 100),
  appserviceCatchUp(options.large ? 100_000 : 1_000),
  ...(options.large ? [pagesInRoomOf(1_000_000, 300)] : []),
  ...[1, 50].map((rooms) => federatedPdus(rooms, options.quick ? 1_000 : 5_000)),
  ...(options.large ? [2_000, 20_000] : [2_000]).flatMap((members) => [
    federatedJoin(members, 'a message is sent'),
    federatedJoin(members, 'the state is complete'),
  ]),
  ...[0, 1].map((down) => deliveries(1_000, options.quick ? 5 : 20, { down })),
].filter(({ name }) => options.only.some((part) => name.includes(part)));

const starters: Record<string, () => Promise<Target>> = {
  synapse: startSynapse,
  embedded: startEmbedded,
  cluster: startPlexusCluster,
};
const facts: string[] = [];

async function startEmbedded(): Promise<Target> {
  const target = await startPlexusEmbedded();
  const { memoryMiB } = usageOf([target.nodePid]);
  facts.push(
    `Embedded: first answer ${(target.startMs / 1_000).toFixed(1)} s after \`npm start\` on a set-up machine.`,
  );
  facts.push(`Embedded: ${memoryMiB.toFixed(0)} MiB idle with its Postgres.`);
  return target;
}

const targets: Target[] = [];
const results: KeptResult[] = [];
const at = new Date().toISOString().slice(0, 10);
try {
  for (const name of options.targets.split(',')) {
    const start = starters[name];
    if (start === undefined)
      throw new Error(`there is no target ${name}: name some of ${Object.keys(starters).join(', ')}`);
    console.error(`starting ${name} …`);
    targets.push(await start());
  }
  for (const scenario of scenarios) {
    console.error(`${scenario.name} …`);
    const result = await runScenario(scenario, targets, rounds);
    console.error(JSON.stringify(result.targets));
    results.push({ ...result, at, seconds, rounds });
    if (options.keep) await keepResults({ facts, results });
  }
} finally {
  await Promise.all(targets.map((target) => target.stop()));
  await closeLoadServer();
}

console.log(renderReport({ facts, results }));
if (options.keep) await keepResults({ facts, results });
