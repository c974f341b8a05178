import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { AccountDataReader } from '@plexus/storage';

const NOBODY: ReadonlySet<string> = new Set();

/** Reads whom a user ignores (https://spec.matrix.org/v1.19/client-server-api/#ignoring-users). */
export class IgnoredUserReader {
  readonly #accountData: Pick<AccountDataReader, 'findAccountData'>;

  constructor(accountData: Pick<AccountDataReader, 'findAccountData'>) {
    this.#accountData = accountData;
  }

  async read(userId: string): Promise<ReadonlySet<string>> {
    const key = { roomId: undefined, type: 'm.ignored_user_list' };
    const content = await this.#accountData.findAccountData(userId, key);
    const parsed = content === undefined ? undefined : parseJson(content);
    if (parsed?.outcome !== 'ok' || !isJsonObject(parsed.value)) return NOBODY;
    const users = parsed.value['ignored_users'];
    if (!isJsonObject(users)) return NOBODY;
    // Nobody can ignore themselves.
    return new Set(Object.keys(users).filter((ignored) => ignored !== userId));
  }
}
