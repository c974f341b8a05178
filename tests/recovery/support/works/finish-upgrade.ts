import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import { waitUntil } from '../../../support/servers/wait-until.ts';
import { query } from '../owners.ts';
import { killInTheMiddle } from './kill-in-the-middle.ts';
import { countCopiedBans, faultsOfUpgrade, makeOldRoom } from './upgraded-room.ts';
import type { Work } from './work.ts';
import { FINISHED_WITHIN_MS } from './work.ts';

const BANS = 300;

/** The client whose request dies half-way does not ask again: a job finishes the upgrade, and is killed in the middle of that. */
export const finishUpgrade: Work = {
  name: 'the job that finishes an upgrade',
  async begin(workshop) {
    const { deployment, http, root } = workshop;
    const old = await makeOldRoom(workshop, 'exiled', BANS);
    const copied = (): Promise<number> => countCopiedBans(deployment, old);
    const options = { body: { new_version: '11' }, accessToken: root.session.accessToken };
    const unanswered = http.call('POST', old.path, options).then(
      ({ status }) => `it was answered with ${status}`,
      () => undefined,
    );
    await killInTheMiddle(workshop, 'the request for an upgrade', { total: BANS, done: copied });
    const answered = await unanswered;
    if (answered !== undefined) throw new Error(`the request was to die: ${answered}`);
    const before = await copied();
    await endClaims(deployment, old.roomId);
    return {
      total: BANS - before,
      done: async () => (await copied()) - before,
      async finish() {
        const found = { answer: undefined as unknown };
        await waitUntil('the end of the upgrade', FINISHED_WITHIN_MS, async () => {
          found.answer = await findReplacement(deployment, old.roomId);
          return found.answer !== undefined;
        });
        return faultsOfUpgrade(deployment, old, found.answer);
      },
    };
  },
};

/** As time would: nobody works on the room any more. */
async function endClaims(deployment: Deployment, roomId: string): Promise<void> {
  const text = 'update admin_jobs set claimed_until = now() where target = $1 and finished_at is null returning job_id';
  const jobs = await query<{ job_id: string }>(deployment, text, [roomId]);
  if (jobs.length !== 1) throw new Error(`${jobs.length} jobs are to finish the upgrade`);
}

/** The new room, once the job is done. */
async function findReplacement(deployment: Deployment, roomId: string): Promise<unknown> {
  const text = `select result ->> 'replacement_room' as replacement from admin_jobs where target = $1 and status = 'complete'`;
  const [row] = await query<{ replacement: string }>(deployment, text, [roomId]);
  return row?.replacement;
}
