import { Random } from '../../../support/faults/random.ts';
import { deactivateAccount } from './deactivate-account.ts';
import { deleteRoom } from './delete-room.ts';
import { finishUpgrade } from './finish-upgrade.ts';
import { propagateProfile } from './propagate-profile.ts';
import { purgeHistory } from './purge-history.ts';
import { redactNames } from './redact-names.ts';
import { upgradeRoom } from './upgrade-room.ts';
import type { Work } from './work.ts';

const short: readonly Work[] = [purgeHistory, deleteRoom, deactivateAccount, propagateProfile, upgradeRoom];
/** They take minutes. */
const long: readonly Work[] = [finishUpgrade, redactNames];

/** All of them, in an order of chance. */
export function allWorks(seed: number): readonly Work[] {
  return new Random(seed).shuffle([...short, ...long]);
}

/** What `npm test` has time for: each rests for half a minute or more when its process is gone. */
export function oneWork(seed: number): readonly Work[] {
  return new Random(seed).shuffle(short).slice(0, 1);
}
