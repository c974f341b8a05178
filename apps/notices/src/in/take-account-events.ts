import { serverNameOf } from '@plexus/matrix-base';
import type { AccountEvent, AccountFact, NoticeCheckRepository } from '@plexus/storage';
import type { RunChecks } from '../checks/run-checks.ts';

/**
 * Takes facts about accounts: who was registered or seen, and may have to be told something, is remembered in the transaction that stores how far
 * the facts were taken. Nobody waits for a room here.
 */
export class TakeAccountEvents {
  readonly #checks: Pick<NoticeCheckRepository, 'addChecks'>;
  readonly #runChecks: Pick<RunChecks, 'concerns'>;

  constructor(checks: Pick<NoticeCheckRepository, 'addChecks'>, runChecks: Pick<RunChecks, 'concerns'>) {
    this.#checks = checks;
    this.#runChecks = runChecks;
  }

  async execute(partition: number, events: readonly AccountEvent[]): Promise<void> {
    const last = events.at(-1);
    if (last === undefined) return;
    const userIds = events
      .map(({ fact }) => presentUserOf(fact))
      .filter((userId) => userId !== undefined)
      .filter((userId) => this.#runChecks.concerns(serverNameOf(userId)));
    await this.#checks.addChecks(userIds, { partition, position: last.position });
  }
}

/** The user of whom a fact says that they are there. */
function presentUserOf(fact: AccountFact): string | undefined {
  if (fact.kind === 'registered') return fact.appserviceId === undefined ? fact.userId : undefined;
  return fact.kind === 'seen' ? fact.userId : undefined;
}
