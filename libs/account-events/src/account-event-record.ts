import { AccountEventRecord } from '@plexus/topics';
import type { AccountEvent, AccountFact } from '@plexus/storage';

/** The record of an event. */
export function recordOf({ position, occurredAt, fact }: AccountEvent, generation: number): AccountEventRecord {
  return { position, generation, occurredAt, fact: writtenFact(fact) };
}

/** The event of a record; nothing for a fact of a later release. */
export function eventOf(
  { position, occurredAt, fact }: AccountEventRecord,
  partition: number,
): AccountEvent | undefined {
  const read = readFact(fact);
  return read && { partition, position, occurredAt, fact: read };
}

function writtenFact(fact: AccountFact): AccountEventRecord['fact'] {
  switch (fact.kind) {
    case 'registered': {
      const { userId, isGuest, appserviceId = '' } = fact;
      return { $case: 'registered', value: { userId, isGuest, appserviceId } };
    }
    case 'seen':
      return { $case: 'seen', value: { userId: fact.userId, day: fact.day } };
    case 'deactivated':
      return { $case: 'deactivated', value: { userId: fact.userId } };
    case 'consented':
      return { $case: 'consented', value: { userId: fact.userId, policy: fact.policy, version: fact.version } };
    case 'policy-published': {
      const { serverName, policy, version } = fact;
      return { $case: 'policyPublished', value: { serverName, policy, version } };
    }
  }
}

function readFact(fact: AccountEventRecord['fact']): AccountFact | undefined {
  switch (fact?.$case) {
    case 'registered': {
      const { userId, isGuest, appserviceId } = fact.value;
      return { kind: 'registered', userId, isGuest, ...(appserviceId !== '' && { appserviceId }) };
    }
    case 'seen':
      return { kind: 'seen', ...fact.value };
    case 'deactivated':
      return { kind: 'deactivated', ...fact.value };
    case 'consented':
      return { kind: 'consented', ...fact.value };
    case 'policyPublished':
      return { kind: 'policy-published', ...fact.value };
    case undefined:
      return undefined;
  }
}
