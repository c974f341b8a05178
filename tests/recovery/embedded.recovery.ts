import { afterEach, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { killPlexus, killPostgresOfPlexus } from './support/embedded-faults.ts';
import { runRound } from './support/run-round.ts';
import { isFull, seed } from './support/settings.ts';

let deployment: Deployment | undefined;
afterEach(() => deployment?.dispose());

it('survives kill -9 of its one process and of its Postgres', { timeout: 900_000 }, async () => {
  deployment = await launchEmbedded();
  const times = isFull ? 10 : 3;
  const result = await runRound(deployment, {
    seed,
    budgetMs: isFull ? 600_000 : 60_000,
    faults: (random) => random.shuffle(Array.from({ length: times }, () => [killPlexus, killPostgresOfPlexus]).flat()),
  });
  expect(result.violations).toEqual([]);
});
