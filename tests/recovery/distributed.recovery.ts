import { afterEach, describe, expect, it } from 'vitest';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { coreServiceNames } from '../../scripts/cluster/deployment.ts';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import { keepResult } from './support/keep-result.ts';
import { fullRounds, shortRound, unprotectedRounds } from './support/rounds.ts';
import { runRound } from './support/run-round.ts';
import { isFull, seed } from './support/settings.ts';
import { runWorks } from './support/works/run-works.ts';
import { allWorks } from './support/works/works.ts';

let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

const HALF_AN_HOUR = 1_800_000;

describe('the distributed mode', () => {
  it.each(isFull ? fullRounds : [shortRound])('survives $name', { timeout: HALF_AN_HOUR }, async (round) => {
    deployment = await launchCluster({ isProxied: true, services: coreServiceNames });
    const result = await runRound(deployment, { ...round, seed });
    await keepResult({ name: `Distributed: ${round.name}`, expected: 'no violation', result });
    expect(result.violations).toEqual([]);
  });

  it.each(isFull ? unprotectedRounds : [])('breaks without $protection', { timeout: HALF_AN_HOUR }, async (round) => {
    const laboratory = { failpoints: true, disabled_protections: [round.protection] };
    deployment = await launchCluster({
      isProxied: true,
      services: coreServiceNames,
      settings: { ...laboratorySettings, laboratory },
    });
    const result = await runRound(deployment, { ...round, seed });
    await keepResult({ name: `Without ${round.protection}`, expected: 'a violation', result });
    expect(result.violations).not.toEqual([]);
  });

  it.each(isFull ? [allWorks(seed)] : [])(
    'completes long works after a kill -9',
    { timeout: HALF_AN_HOUR },
    async (...works) => {
      deployment = await launchCluster({ services: coreServiceNames });
      expect(await runWorks(deployment, works, seed)).toEqual([]);
    },
  );
});
