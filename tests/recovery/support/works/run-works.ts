import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import { Random } from '../../../support/faults/random.ts';
import { MatrixHttp } from '../../../support/matrix-client.ts';
import { waitUntil } from '../../../support/servers/wait-until.ts';
import { killInTheMiddle } from './kill-in-the-middle.ts';
import { brokenShards } from './logged-events.ts';
import type { BegunWork, Work, Workshop } from './work.ts';

const PUBLISHED_WITHIN_MS = 90_000;
const ADMIN = 'works-root';

/**
 * Has each work begin, and kills whoever may be at it in the middle of it. Then all are left alone, and must be done. What is found to be
 * lost, or to have happened twice, is returned.
 */
export async function runWorks(deployment: Deployment, works: readonly Work[], seed: number): Promise<string[]> {
  const workshop = await openWorkshop(deployment, new Random(seed));
  try {
    const begun: { readonly name: string; readonly work: BegunWork }[] = [];
    for (const { name, begin } of works) {
      console.log(`  ${name}`);
      const work = await begin(workshop);
      begun.push({ name, work });
      await killInTheMiddle(workshop, name, work);
    }
    const problems: string[] = [];
    for (const { name, work } of begun) {
      console.log(`  the end of ${name}`);
      problems.push(...(await work.finish()).map((problem) => `${name}: ${problem}`));
    }
    await waitUntil(
      'everything published',
      PUBLISHED_WITHIN_MS,
      async () => (await brokenShards(deployment)).length === 0,
    );
    return problems;
  } finally {
    workshop.http.close();
  }
}

async function openWorkshop(deployment: Deployment, random: Random): Promise<Workshop> {
  const userId = `@${ADMIN}:${deployment.serverName}`;
  await deployment.command(['user', 'create', userId, '--admin', '--password', 'wonderland']);
  const http = new MatrixHttp(deployment);
  return { deployment, http, root: await http.login(userId), random };
}
