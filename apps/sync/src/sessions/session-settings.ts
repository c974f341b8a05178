import type { AccountDataReader } from '@plexus/storage';
import { loadAccountSettings, NO_ACCOUNT_SETTINGS } from '@plexus/user-streams';
import type { AccountSettings } from '@plexus/user-streams';
import type { UserSession } from './user-session.ts';

interface Read {
  readonly position: number;
  readonly settings: Promise<AccountSettings>;
}

/** What users have set that changes what they are told, read once for each position of their streams. */
export class SessionSettings {
  readonly #accountData: Pick<AccountDataReader, 'findAccountData'>;
  readonly #read = new WeakMap<UserSession, Read>();

  constructor(accountData: Pick<AccountDataReader, 'findAccountData'>) {
    this.#accountData = accountData;
  }

  /** As they are at the session's position at least. Who was never addressed has set nothing. */
  async of(session: UserSession): Promise<AccountSettings> {
    const { position } = session.stream;
    if (position === 0) return NO_ACCOUNT_SETTINGS;
    const known = this.#read.get(session);
    if (known?.position === position) return await known.settings;
    const read = { position, settings: loadAccountSettings(this.#accountData, session.userId) };
    this.#read.set(session, read);
    try {
      return await read.settings;
    } catch (error) {
      if (this.#read.get(session) === read) this.#read.delete(session);
      throw error;
    }
  }
}
