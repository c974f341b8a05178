import { waitUntil } from '../../../support/servers/wait-until.ts';
import type { BegunWork, Workshop } from './work.ts';

const BEGUN_WITHIN_MS = 60_000;
const READY_WITHIN_MS = 90_000;

/** Ends the processes that may work on it, when some of it is done, but not all; then all services run again. */
export async function killInTheMiddle(
  { deployment, random }: Workshop,
  name: string,
  work: Pick<BegunWork, 'total' | 'done' | 'isOfOwners'>,
): Promise<void> {
  const enough = 1 + random.integer(Math.floor(work.total / 2));
  const workers = deployment.services.filter(({ service }) => service === 'plexus' || service === 'client-api');
  const owners = deployment.services.filter(({ service }) => service === 'event-persister');
  const isOwnerKilled = owners.length > 0 && (random.integer(2) === 0 || work.isOfOwners === true);
  const killed = isOwnerKilled ? [...workers, random.pick(owners)] : workers;
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
