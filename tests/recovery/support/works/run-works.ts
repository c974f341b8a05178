import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import { Random } from '../../../support/faults/random.ts';
import { MatrixHttp } from '../../../support/matrix-client.ts';
import { waitUntil } from '../../../support/servers/wait-until.ts';
import { brokenShards } from './logged-events.ts';
import type { BegunWork, Work, Workshop } from './work.ts';

const BEGUN_WITHIN_MS = 60_000;
const READY_WITHIN_MS = 90_000;
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
    await waitUntil('everything published', READY_WITHIN_MS, async () => (await brokenShards(deployment)).length === 0);
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

/** Ends the processes that may work on it, when some of it is done, but not all. */
async function killInTheMiddle({ deployment, random }: Workshop, name: string, work: BegunWork): Promise<void> {
  const enough = 1 + random.integer(Math.floor(work.total / 2));
  const workers = deployment.services.filter(({ service }) => service === 'plexus' || service === 'client-api');
  const owners = deployment.services.filter(({ service }) => service === 'event-persister');
  const killed = owners.length > 0 && random.integer(2) === 0 ? [...workers, random.pick(owners)] : workers;
  let done = 0;
  await waitUntil(`${name} under way`, BEGUN_WITHIN_MS, async () => {
    done = await work.done();
    return done >= enough;
  });
  await Promise.all(killed.map((process) => process.kill()));
  console.log(`  killed when ${done} of ${work.total} were done`);
  if (done >= work.total) throw new Error(`${name} was over before anything was killed`);
  await Promise.all(killed.map((process) => process.start()));
  await waitUntil('all services ready', READY_WITHIN_MS, async () => {
    return (await Promise.all(deployment.services.map((service) => service.isReady()))).every(Boolean);
  });
}
