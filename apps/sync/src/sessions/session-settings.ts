import type { AccountDataReader } from '@plexus/storage';
import { loadAccountSettings, NO_ACCOUNT_SETTINGS } from '@plexus/user-streams';
import type { AccountSettings } from '@plexus/user-streams';
import type { UserSession } from './user-session.ts';

interface Read {
  readonly position: number;
  readonly reading: Promise<AccountSettings>;
  /** When they are read. */
  settings: AccountSettings | undefined;
}

/** What users have set that changes what they are told, read once for each position of their streams. */
export class SessionSettings {
  readonly #accountData: Pick<AccountDataReader, 'findAccountData'>;
  readonly #read = new WeakMap<UserSession, Read>();

  constructor(accountData: Pick<AccountDataReader, 'findAccountData'>) {
    this.#accountData = accountData;
  }

  /** As they are at the session's position at least, where they are known. Who was never addressed has set nothing. */
  find(session: UserSession): AccountSettings | undefined {
    const { position } = session.stream;
    if (position === 0) return NO_ACCOUNT_SETTINGS;
    const known = this.#read.get(session);
    return known?.position === position ? known.settings : undefined;
  }

  async read(session: UserSession): Promise<AccountSettings> {
    const { position } = session.stream;
    const known = this.#read.get(session);
    if (known?.position === position) return await known.reading;
    const reading = loadAccountSettings(this.#accountData, session.userId);
    const read: Read = { position, reading, settings: undefined };
    this.#read.set(session, read);
    try {
      return (read.settings = await reading);
    } catch (error) {
      if (this.#read.get(session) === read) this.#read.delete(session);
      throw error;
    }
  }
}
