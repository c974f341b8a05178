import type { CacheCodec, NamedCache } from '@plexus/cache';
import { isJsonObject } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { AccountDataReader } from '@plexus/storage';

/** What users have set for their accounts as account data and the server acts on. */
export interface AccountSettings {
  /** Whose events and invites are kept from the user (https://spec.matrix.org/v1.19/client-server-api/#ignoring-users). */
  readonly ignored: ReadonlySet<string>;
  /** https://spec.matrix.org/v1.19/client-server-api/#invite-permission */
  readonly blocksInvites: boolean;
}

export const NO_ACCOUNT_SETTINGS: AccountSettings = { ignored: new Set(), blocksInvites: false };

const [IGNORED_USERS, INVITE_PERMISSION] = ['m.ignored_user_list', 'm.invite_permission_config'] as const;

/** Whether an item of account data is one of those that settings are read from. */
export function isAccountSetting({
  roomId,
  type,
}: {
  readonly roomId: string | undefined;
  readonly type: string;
}): boolean {
  return roomId === undefined && (type === IGNORED_USERS || type === INVITE_PERMISSION);
}

/** Reads the settings from where they are stored. Nobody ignores themselves; what is malformed sets nothing. */
export async function loadAccountSettings(
  accountData: Pick<AccountDataReader, 'findAccountData'>,
  userId: string,
): Promise<AccountSettings> {
  const [list, permission] = await Promise.all(
    [IGNORED_USERS, INVITE_PERMISSION].map((type) => accountData.findAccountData(userId, { roomId: undefined, type })),
  );
  const users = memberOf(list, 'ignored_users');
  const ignored = isJsonObject(users) ? Object.keys(users).filter((each) => each !== userId) : [];
  return { ignored: new Set(ignored), blocksInvites: memberOf(permission, 'default_action') === 'block' };
}

function memberOf(content: string | undefined, name: string): JsonValue | undefined {
  const parsed = JSON.parse(content ?? '{}') as JsonValue;
  return isJsonObject(parsed) && Object.hasOwn(parsed, name) ? parsed[name] : undefined;
}

/** The settings of users through the cache `account_settings`, for whoever asks often. Who changes one does so in the cache's `change`. */
export class StoredAccountSettings {
  readonly #accountData: Pick<AccountDataReader, 'findAccountData'>;
  readonly #cache: NamedCache<AccountSettings>;

  constructor(accountData: Pick<AccountDataReader, 'findAccountData'>, cache: NamedCache<AccountSettings>) {
    this.#accountData = accountData;
    this.#cache = cache;
  }

  async find(userId: string): Promise<AccountSettings> {
    const found = await this.#cache.get(userId, () => loadAccountSettings(this.#accountData, userId));
    return found ?? NO_ACCOUNT_SETTINGS;
  }
}

export const accountSettingsCodec: CacheCodec<AccountSettings> = {
  encode: ({ ignored, blocksInvites }) => Buffer.from(JSON.stringify([blocksInvites, ...ignored])),
  decode: (bytes) => {
    const [blocksInvites, ...ignored] = JSON.parse(Buffer.from(bytes).toString()) as [boolean, ...string[]];
    return { ignored: new Set(ignored), blocksInvites };
  },
};
