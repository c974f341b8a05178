import { afterEach, expect, it } from 'vitest';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { backendNames, serviceNames } from '../../scripts/cluster/deployment.ts';
import { killBackend, killService } from './support/kill-faults.ts';
import { lostCommit, networkFaults, unknownCommit } from './support/network-faults.ts';
import { runRound } from './support/run-round.ts';
import { seed } from './support/settings.ts';

let deployment: Deployment | undefined;
afterEach(() => deployment?.dispose());

const kills = [...serviceNames.map(killService), ...backendNames.map(killBackend)];

it('survives kill -9 of each of its processes', { timeout: 900_000 }, async () => {
  deployment = await launchCluster({ isProxied: true });
  const result = await runRound(deployment, {
    seed,
    budgetMs: 200_000,
    faults: (random) => random.shuffle([...kills, ...kills, ...kills]),
  });
  expect(result.violations).toEqual([]);
});

it('survives stalled, cut and partitioned connections', { timeout: 900_000 }, async () => {
  deployment = await launchCluster({ isProxied: true });
  const result = await runRound(deployment, {
    seed,
    budgetMs: 400_000,
    faults: (random) => random.shuffle([...networkFaults, unknownCommit, lostCommit, unknownCommit, lostCommit]),
  });
  expect(result.violations).toEqual([]);
});
