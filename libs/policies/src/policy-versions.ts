import type { Policy, PolicyVersion } from '@plexus/storage';

/** The version that is shown and asked for at a time: the last one that is effective. */
export function findCurrentVersion({ versions }: Pick<Policy, 'versions'>, now: number): PolicyVersion | undefined {
  return versions.findLast(({ effectiveAt }) => effectiveAt <= now);
}

/** The version without which a user may not write at a time: the last one that is effective and whose date has come. */
export function findRequiredVersion({ versions }: Pick<Policy, 'versions'>, now: number): PolicyVersion | undefined {
  return versions.findLast(({ effectiveAt, blockAt }) => effectiveAt <= now && blockAt !== undefined && blockAt <= now);
}

/** Whether somebody who agreed to these versions of the policy has agreed to this one: a later one counts for the earlier ones. */
export function hasAgreedTo(
  { versionNid }: Pick<PolicyVersion, 'versionNid'>,
  { policyNid }: Pick<Policy, 'policyNid'>,
  consents: readonly { readonly policyNid: number; readonly versionNid: number }[],
): boolean {
  return consents.some((consent) => consent.policyNid === policyNid && consent.versionNid >= versionNid);
}
