import type { LargeTransition } from '../pdus/state-resolver.ts';
import { stateKeyName } from '../pdus/state-key-name.ts';
import type { ChangedKey } from './changes.ts';
import type { CountedMembers } from './count-members.ts';

/** What is counted of members with what was counted elsewhere before. */
export function addTransition(counted: CountedMembers, large: LargeTransition | undefined): CountedMembers {
  if (large === undefined) return counted;
  return {
    joinedDelta: counted.joinedDelta + large.joinedDelta,
    invitedDelta: counted.invitedDelta + large.invitedDelta,
    residency: [...large.residency, ...counted.residency],
  };
}

/** The changed keys that are looked at one by one; of one that is changed twice the later counts. */
export function notableKeys(changed: readonly ChangedKey[], large: LargeTransition | undefined): readonly ChangedKey[] {
  if (large === undefined) return changed;
  const names = new Set(changed.map(({ type, stateKey }) => stateKeyName(type, stateKey)));
  return [...large.kept.filter(({ type, stateKey }) => !names.has(stateKeyName(type, stateKey))), ...changed];
}
