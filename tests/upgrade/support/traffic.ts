import type { Deployment } from '../../../scripts/cluster/deployment.ts';
import { gatherHistory } from '../../recovery/support/gather-history.ts';
import { isFull, seed } from '../../recovery/support/settings.ts';
import { Workload } from '../../recovery/support/workload.ts';
import { checkHistory } from '../../support/faults/check-history.ts';
import { Random } from '../../support/faults/random.ts';
import type { Front } from './front.ts';
import { openFront } from './front.ts';
import { PassersBy } from './passers-by.ts';
import { RequestTally } from './request-tally.ts';

/** While one process is replaced, which takes seconds, they ask dozens of times: with more a machine of two processors starts nothing soon. */
const SIZE = { actors: 4, rooms: 4, remoteSenders: 1, pauseMs: isFull ? 150 : 400 };

/** What clients met while something was done to a deployment. */
export interface Met {
  readonly requests: number;
  /** Requests that were not answered, or with a failure of the server. */
  readonly failures: readonly string[];
  /** What was lost, came twice or in another order, and answers that were refused. */
  readonly violations: readonly string[];
  readonly lines: readonly string[];
}

/** Lets clients work through a proxy while `work` is done, then looks at what is left. */
export async function underTraffic(deployment: Deployment, work: () => Promise<void>): Promise<Met> {
  const tally = new RequestTally();
  const front = await openFront(deployment, tally);
  try {
    return await meet(deployment, { front, tally }, work);
  } finally {
    await front.close();
  }
}

async function meet(
  deployment: Deployment,
  { front, tally }: { readonly front: Front; readonly tally: RequestTally },
  work: () => Promise<void>,
): Promise<Met> {
  const workload = await Workload.start(front.deployment, new Random(seed), SIZE);
  try {
    const passersBy = await PassersBy.start(front.deployment);
    await work().finally(() => passersBy.stop());
    await workload.stopActors();
    const history = await gatherHistory(deployment, workload);
    return {
      requests: tally.count,
      failures: tally.failures,
      violations: [...passersBy.unexpected, ...checkHistory(history)],
      lines: tally.lines(),
    };
  } finally {
    await workload.end();
  }
}
