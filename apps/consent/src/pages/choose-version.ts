import { findCurrentVersion, hasAgreedTo } from '@plexus/policies';
import { MatrixError } from '@plexus/matrix-base';
import type { Consent, Policy, PolicyVersion } from '@plexus/storage';
import type { ReaderLink } from './reader-link.ts';

export interface ChosenVersion {
  readonly policy: Policy;
  readonly version: PolicyVersion;
}

/**
 * The version that a link is about: the one that it names, else the current one of the policy that it names, of the first that the reader has not
 * agreed to, of the first. Only what is published is found. Throws 404.
 */
export function chooseVersion(
  policies: readonly Policy[],
  { v, p }: ReaderLink,
  { now, consents }: { readonly now: number; readonly consents: readonly Consent[] },
): ChosenVersion {
  const named = p === undefined ? policies : policies.filter(({ name }) => name === p);
  if (named.length === 0) throw new MatrixError('M_NOT_FOUND', 404, 'Unknown policy');
  const chosen = v === undefined || v === '' ? chooseCurrent(named, now, consents) : findNamed(named, v);
  if (chosen === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'Unknown policy version');
  return chosen;
}

/** The first policy whose current version somebody with these consents has not agreed to. */
export function findLacking(
  policies: readonly Policy[],
  now: number,
  consents: readonly Consent[],
): ChosenVersion | undefined {
  return currentVersions(policies, now).find(({ policy, version }) => !hasAgreedTo(version, policy, consents));
}

function chooseCurrent(
  policies: readonly Policy[],
  now: number,
  consents: readonly Consent[],
): ChosenVersion | undefined {
  return findLacking(policies, now, consents) ?? currentVersions(policies, now)[0];
}

function currentVersions(policies: readonly Policy[], now: number): ChosenVersion[] {
  return policies.flatMap((policy) => {
    const version = findCurrentVersion(policy, now);
    return version === undefined ? [] : [{ policy, version }];
  });
}

function findNamed(policies: readonly Policy[], name: string): ChosenVersion | undefined {
  for (const policy of policies) {
    const version = policy.versions.find((one) => one.version === name);
    if (version !== undefined) return { policy, version };
  }
  return undefined;
}
