import type { AccountEvent, AccountFact } from '@plexus/storage';

export interface AccountEventRow {
  readonly partition: number;
  readonly position: number;
  readonly fact: AccountFact;
  readonly occurred_at: Date;
}

export function accountEventOf({ partition, position, fact, occurred_at: occurredAt }: AccountEventRow): AccountEvent {
  return { partition, position, occurredAt: occurredAt.getTime(), fact };
}
