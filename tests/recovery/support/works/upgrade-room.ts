import { insist } from '../insist.ts';
import { countCopiedBans, faultsOfUpgrade, makeOldRoom } from './upgraded-room.ts';
import type { Work } from './work.ts';
import { FINISHED_WITHIN_MS } from './work.ts';

const BANS = 150;

/** A room is replaced by one of another version, by a client that asks until it is answered. */
export const upgradeRoom: Work = {
  name: 'the upgrade of a room',
  async begin(workshop) {
    const { deployment, http, root } = workshop;
    const old = await makeOldRoom(workshop, 'banned', BANS);
    const { accessToken } = root.session;
    const request = { method: 'POST', path: old.path, body: { new_version: '11' }, accessToken } as const;
    const asking = insist(request, { http, attemptMs: 40_000, signal: AbortSignal.timeout(FINISHED_WITHIN_MS) });
    return {
      total: BANS,
      done: () => countCopiedBans(deployment, old),
      async finish() {
        const answered = await asking;
        const answer = answered.outcome === 'answered' ? answered.body['replacement_room'] : answered;
        return faultsOfUpgrade(deployment, old, answer);
      },
    };
  },
};
