import { Random } from '../../../support/faults/random.ts';
import { deactivateAccount } from './deactivate-account.ts';
import { deleteRoom } from './delete-room.ts';
import { propagateProfile } from './propagate-profile.ts';
import { purgeHistory } from './purge-history.ts';
import { upgradeRoom } from './upgrade-room.ts';
import type { Work } from './work.ts';

const works: readonly Work[] = [purgeHistory, deleteRoom, deactivateAccount, propagateProfile, upgradeRoom];

/** All of them, in an order of chance; or as many of them as `npm test` has time for: each rests for half a minute or more when its process is gone. */
export function chooseWorks(seed: number, count = works.length): readonly Work[] {
  return new Random(seed).shuffle(works).slice(0, count);
}
