import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import { laboratorySettings } from '../../../../scripts/cluster/service-configuration.ts';
import { checkFederation } from '../../../support/faults/check-federation.ts';
import { Random } from '../../../support/faults/random.ts';
import { inflictAll } from '../inflict-all.ts';
import type { RoundResult } from '../run-round.ts';
import type { Scene } from '../stage.ts';
import { FederatedLoad } from './federated-load.ts';
import type { FederatedRound } from './federation-faults.ts';
import { gatherFederation } from './gather-federation.ts';

/** As the laboratory's, and soon back at a server that did not take something. */
export const federatedSettings = {
  ...laboratorySettings,
  federation: {
    verify_certificates: false,
    ip_range_whitelist: ['127.0.0.0/8', '::1/128'],
    destination_min_retry_interval: '500ms',
    destination_max_retry_interval: '2s',
    transaction_quick_retries: 2,
  },
};

/** Rooms are spoken in from both sides, one fault follows the other, then the checker looks at what is left. The deployment is as new. */
export async function runFederatedRound(
  deployment: Deployment,
  { seed, size, faults }: FederatedRound & { readonly seed: number },
): Promise<RoundResult> {
  const began = performance.now();
  const random = new Random(seed);
  const load = await FederatedLoad.start(deployment, random.fork(), size);
  const scene: Scene = { deployment, workload: load, random: random.fork() };
  try {
    const { happened, problems } = await inflictAll(scene, faults(random.fork()), Infinity);
    await load.stop();
    const history = await gatherFederation(deployment, load);
    return {
      seed,
      faults: happened,
      acknowledged: history.given.length + load.local.reduce((sum, { answers }) => sum + answers, 0),
      events: history.previous.size,
      seconds: Math.round((performance.now() - began) / 1_000),
      violations: [...problems, ...checkFederation(history)],
    };
  } finally {
    await load.end();
  }
}
