import { hash } from 'node:crypto';
import type { AccountFact } from './account-events.ts';

/** So many partitions of facts about accounts, and of `account.events`, in every deployment. */
export const ACCOUNT_PARTITIONS = 8;

/** Whom a fact is about: the user, or the server of a policy. It is the key of the fact's record. */
export function keyOfFact(fact: AccountFact): string {
  return fact.kind === 'policy-published' ? fact.serverName : fact.userId;
}

/** The partition of what is about a user or server. */
export function accountPartitionOf(key: string): number {
  return hash('sha256', key, 'buffer').readUInt32BE(0) % ACCOUNT_PARTITIONS;
}
