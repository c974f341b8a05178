import type { NamedCache } from '@plexus/cache';
import { isJsonObject, MatrixError } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AccountDataItem, AccountDataKey, UserStreamTransactor } from '@plexus/storage';
import { isAccountSetting } from '@plexus/user-streams';
import type { AccountSettings } from '@plexus/user-streams';
import type { SentContent } from '../rooms/send-event.ts';
import { requireClientType, requireOwnAccountData, requireStream, storeWithinBounds } from './check-account-data.ts';

/** Larger contents are refused. */
const MAX_BYTES = 262_144;

/** Sets an item of account data (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridaccount_datatype). */
export class StoreAccountData {
  readonly #streams: UserStreamTransactor;
  readonly #settings: NamedCache<AccountSettings>;

  constructor(streams: UserStreamTransactor, settings: NamedCache<AccountSettings>) {
    this.#streams = streams;
    this.#settings = settings;
  }

  async execute(requester: Requester, userId: string, item: AccountDataKey & { content: SentContent }): Promise<void> {
    requireOwnAccountData(requester, userId, item);
    requireClientType(item.type);
    const content = requireText(item.content);
    const store = () => this.#store(userId, { roomId: item.roomId, type: item.type, content });
    await (isAccountSetting(item) ? this.#settings.change([userId], store) : store());
  }

  async #store(userId: string, item: AccountDataItem): Promise<void> {
    await this.#streams.transact([userId], async (transaction) => {
      requireStream(transaction, userId);
      await storeWithinBounds(transaction, userId, item);
    });
  }
}

/** The content as it came: other servers' rules for numbers are none of ours here. */
function requireText({ parsed, bytes }: SentContent): string {
  if (parsed === undefined || bytes === undefined)
    throw new MatrixError('M_NOT_JSON', 400, 'The request has no JSON body');
  if (!isJsonObject(parsed)) throw new MatrixError('M_BAD_JSON', 400, 'Account data is a JSON object');
  if (bytes.length > MAX_BYTES) throw new MatrixError('M_TOO_LARGE', 413, 'The account data is too large');
  return bytes.toString();
}
