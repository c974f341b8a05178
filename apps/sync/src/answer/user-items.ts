import type { UserSession } from '../sessions/user-session.ts';
import { NO_ACCOUNT_DATA } from './account-data.ts';
import type { AccountDataEvents, AccountDataSection } from './account-data.ts';
import type { SyncRequest } from './sync-request.ts';

/** What a response tells of the user's own stream. */
export interface UserItems {
  /** Up to where in the stream: `userPosition` of the response's token. */
  readonly upTo: number;
  /** Everything that there is, not only what changed. */
  readonly isComplete: boolean;
  readonly accountData: AccountDataEvents;
}

/** Reads what is addressed to a user (https://spec.matrix.org/v1.19/client-server-api/#client-config). */
export class UserItemsReader {
  readonly #accountData: AccountDataSection;

  constructor(accountData: AccountDataSection) {
    this.#accountData = accountData;
  }

  /** What came after the client's position; without one, everything. The caller has made sure that the session's position is fresh. */
  async read(request: SyncRequest, { stream }: UserSession, after: number | undefined): Promise<UserItems> {
    const { userId, filter, fullState } = request;
    // @NOTE No position is taken before the items are read up to it: what is stored meanwhile comes with a later token.
    const upTo = Math.max(stream.position, after ?? 0);
    const isComplete = after === undefined || fullState;
    if (!isComplete && upTo === after) return { upTo, isComplete, accountData: NO_ACCOUNT_DATA };
    const range = isComplete ? undefined : { after, upTo };
    return { upTo, isComplete, accountData: await this.#accountData.read(userId, filter, range) };
  }
}
