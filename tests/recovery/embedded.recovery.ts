import { afterEach, describe, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import { keepResult } from './support/keep-result.ts';
import { embeddedRounds, shortEmbeddedRound } from './support/rounds.ts';
import { runRound } from './support/run-round.ts';
import { isFull, seed } from './support/settings.ts';
import { runWorks } from './support/works/run-works.ts';
import { allWorks, oneWork } from './support/works/works.ts';

let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

const HALF_AN_HOUR = 1_800_000;

describe('the embedded mode', () => {
  it.each(isFull ? embeddedRounds : [shortEmbeddedRound])(
    'survives $name',
    { timeout: HALF_AN_HOUR },
    async (round) => {
      deployment = await launchEmbedded();
      const result = await runRound(deployment, { ...round, seed });
      await keepResult({ name: `Embedded: ${round.name}`, expected: 'no violation', result });
      expect(result.violations).toEqual([]);
    },
  );

  const works = isFull ? allWorks(seed) : oneWork(seed);
  it(`completes ${works.map(({ name }) => name).join(', ')} after a kill -9`, { timeout: HALF_AN_HOUR }, async () => {
    deployment = await launchEmbedded();
    expect(await runWorks(deployment, works, seed)).toEqual([]);
  });
});
