import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AccountDataKey, AccountDataReader } from '@plexus/storage';
import { PUSH_RULES_TYPE, pushRulesContent } from '@plexus/user-streams';
import { requireOwnAccountData } from './check-account-data.ts';

/** Reads an item of account data (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridaccount_datatype). */
export class GetAccountData {
  readonly #accountData: AccountDataReader;

  constructor(accountData: AccountDataReader) {
    this.#accountData = accountData;
  }

  /** Throws 404 for a type that was never set. */
  async execute(requester: Requester, userId: string, key: AccountDataKey): Promise<JsonObject> {
    requireOwnAccountData(requester, userId, key);
    const stored = await this.#accountData.findAccountData(userId, key);
    const content = isPushRules(key) ? pushRulesContent(userId, stored) : stored;
    if (content === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'No such account data');
    return JSON.parse(content) as JsonObject;
  }
}

/** @NOTE Of push rules only the user's changes are stored. */
function isPushRules({ roomId, type }: AccountDataKey): boolean {
  return roomId === undefined && type === PUSH_RULES_TYPE;
}
