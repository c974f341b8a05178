import type { AccountSettings } from '@plexus/user-streams';
import type { InboxPlace } from '../sessions/device-slots.ts';
import type { SessionSettings } from '../sessions/session-settings.ts';
import type { UserSession } from '../sessions/user-session.ts';
import { NO_ACCOUNT_DATA } from './account-data.ts';
import type { AccountDataEvents, AccountDataSection } from './account-data.ts';
import type { SyncRequest } from './sync-request.ts';
import type { ToDeviceSection } from './to-device.ts';

/** What a response tells of the user's own stream. */
export interface UserItems {
  /** Up to where in the stream: `userPosition` of the response's token. */
  readonly upTo: number;
  /** Everything that there is, not only what changed. */
  readonly isComplete: boolean;
  readonly accountData: AccountDataEvents;
  /** Events, JSON each. */
  readonly toDevice: readonly string[];
  readonly settings: AccountSettings;
}

/** Reads what is addressed to a user, and to the device that asks. */
export class UserItemsReader {
  readonly #accountData: AccountDataSection;
  readonly #toDevice: ToDeviceSection;
  readonly #settings: SessionSettings;

  constructor(accountData: AccountDataSection, toDevice: ToDeviceSection, settings: SessionSettings) {
    this.#accountData = accountData;
    this.#toDevice = toDevice;
    this.#settings = settings;
  }

  /**
   * What came after the client's position; without one, everything. The caller has made sure that the session's position is fresh.
   *
   * @NOTE The end of the range is taken before anything is read: what is stored meanwhile comes with a later token. Where the inbox holds
   * more than one answer takes, the token stays behind, and the next request goes on from there.
   */
  async read(
    request: SyncRequest,
    at: { session: UserSession; inbox: InboxPlace },
    after?: number,
  ): Promise<UserItems> {
    const end = Math.max(at.session.stream.position, after ?? 0);
    const isComplete = after === undefined || request.fullState;
    const settings = this.#settings.find(at.session) ?? (await this.#settings.read(at.session));
    const place = { isComplete, settings };
    if (after === end && !isComplete) return { ...place, upTo: end, accountData: NO_ACCOUNT_DATA, toDevice: [] };
    const range = { after: after ?? 0, upTo: end };
    const { messages, upTo } = await this.#toDevice.read(request, range, at.inbox);
    const changed = isComplete ? undefined : { ...range, upTo };
    const accountData = await this.#accountData.read(request.userId, request.filter, changed);
    return { ...place, upTo, accountData, toDevice: messages };
  }

  /** The device has everything up to its position. */
  async confirm(request: SyncRequest, upTo: number, inbox: InboxPlace): Promise<void> {
    await this.#toDevice.confirm(request, upTo, inbox);
  }
}
