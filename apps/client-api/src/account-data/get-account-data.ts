import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AccountDataKey, AccountDataReader } from '@plexus/storage';
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
    const content = await this.#accountData.findAccountData(userId, key);
    if (content === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'No such account data');
    return JSON.parse(content) as JsonObject;
  }
}
