import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { keepResult } from './support/keep-result.ts';
import { embeddedRounds, shortEmbeddedRound } from './support/rounds.ts';
import { runRound } from './support/run-round.ts';
import { isFull, seed } from './support/settings.ts';
import { runWorks } from './support/works/run-works.ts';
import { allWorks, oneWork } from './support/works/works.ts';

const HALF_AN_HOUR = 1_800_000;

/** @NOTE Most of the time a work rests until its lease is over: short ones leave the processors to the round beside them. */
describe('the embedded mode', { concurrent: !isFull }, () => {
  it.each(isFull ? embeddedRounds : [shortEmbeddedRound])(
    'survives $name',
    { timeout: HALF_AN_HOUR },
    async (round) => {
      const result = await inNewDeployment((deployment) => runRound(deployment, { ...round, seed }));
      await keepResult({ name: `Embedded: ${round.name}`, expected: 'no violation', result });
      expect(result.violations).toEqual([]);
    },
  );

  const works = isFull ? allWorks(seed) : oneWork(seed);
  it(`completes ${works.map(({ name }) => name).join(', ')} after a kill -9`, { timeout: HALF_AN_HOUR }, async () => {
    expect(await inNewDeployment((deployment) => runWorks(deployment, works, seed))).toEqual([]);
  });
});

async function inNewDeployment<T>(work: (deployment: Deployment) => Promise<T>): Promise<T> {
  const deployment = await launchEmbedded();
  try {
    return await work(deployment);
  } finally {
    await deployment.dispose();
  }
}
