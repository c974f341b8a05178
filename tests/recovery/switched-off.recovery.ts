import { afterEach, describe, expect, it } from 'vitest';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { burstOfPdus } from './support/burst-fault.ts';
import { failAt } from './support/failpoint-faults.ts';
import { keepResult } from './support/keep-result.ts';
import { loseRecords } from './support/lose-records.ts';
import { wakeBeforeSuccessor } from './support/pause-faults.ts';
import { runRound } from './support/run-round.ts';
import { isFull, seed } from './support/settings.ts';

let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

const QUARTER_OF_AN_HOUR = 900_000;

const publishedTwice = failAt('event-persister', 'persister.after-publish', 'kill');
const answerLost = failAt('event-persister', 'persister.after-store', 'kill');

/** Each protection, and what it protects against. */
const protections = [
  { protection: 'epoch', faults: [wakeBeforeSuccessor] },
  { protection: 'dedupe', faults: [publishedTwice, publishedTwice, publishedTwice, publishedTwice] },
  { protection: 'gap_fill', faults: [loseRecords, loseRecords] },
  { protection: 'command_ids', faults: [answerLost, answerLost, answerLost] },
  { protection: 'offsets', faults: [burstOfPdus, burstOfPdus] },
] as const;

describe.runIf(isFull)('the checker', () => {
  it.each(protections)('finds what happens without $protection', { timeout: QUARTER_OF_AN_HOUR }, async (off) => {
    const { protection, faults } = off;
    const laboratory = { failpoints: true, disabled_protections: [protection] };
    deployment = await launchCluster({ isProxied: true, settings: { ...laboratorySettings, laboratory } });
    const result = await runRound(deployment, { seed, faults: () => faults });
    await keepResult({ name: `Without ${protection}`, expected: 'a violation', result });
    expect(result.violations).not.toEqual([]);
  });
});
