import { afterEach, describe, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import {
  embeddedFederatedRound,
  fullFederatedRounds,
  shortFederatedRound,
} from './support/federation/federation-faults.ts';
import { federatedSettings, runFederatedRound } from './support/federation/run-federated-round.ts';
import { keepResult } from './support/keep-result.ts';
import { isFull, seed } from './support/settings.ts';

let deployment: Deployment | undefined;
afterEach(async () => {
  await deployment?.dispose();
  deployment = undefined;
});

const HALF_AN_HOUR = 1_800_000;
/** Nobody follows what happens here. */
const services = ['event-persister', 'federation-sender', 'federation-ingress', 'client-api'] as const;

describe('what comes from other servers and goes to them', () => {
  it.each(isFull ? fullFederatedRounds : [shortFederatedRound])(
    'survives $name',
    { timeout: HALF_AN_HOUR },
    async (round) => {
      deployment = await launchCluster({ services, settings: federatedSettings });
      const result = await runFederatedRound(deployment, { ...round, seed });
      await keepResult({ name: `Federation: ${round.name}`, expected: 'no violation', result });
      expect(result.violations).toEqual([]);
    },
  );

  it.each(isFull ? [embeddedFederatedRound] : [])('survives $name', { timeout: HALF_AN_HOUR }, async (round) => {
    deployment = await launchEmbedded({ settings: federatedSettings });
    const result = await runFederatedRound(deployment, { ...round, seed });
    await keepResult({ name: `Federation, embedded: ${round.name}`, expected: 'no violation', result });
    expect(result.violations).toEqual([]);
  });
});
