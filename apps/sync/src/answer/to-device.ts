import type { ToDeviceInbox, ToDevicePage, UserStreamRange } from '@plexus/storage';
import type { InboxPlace } from '../sessions/device-slots.ts';
import type { SyncRequest } from './sync-request.ts';

/** So much of an inbox goes into one answer. */
const PAGE = { messages: 100, bytes: 1024 * 1024 };

/**
 * Reads `to_device` of responses (https://spec.matrix.org/v1.19/client-server-api/#send-to-device-messaging). A message is removed when the
 * device asks with a token that lies behind it: until then each request with the same token gets it, from any process.
 */
export class ToDeviceSection {
  readonly #inbox: ToDeviceInbox;

  constructor(inbox: ToDeviceInbox) {
    this.#inbox = inbox;
  }

  async read({ userId, deviceId }: SyncRequest, range: UserStreamRange, place: InboxPlace): Promise<ToDevicePage> {
    const page = await this.#inbox.readMessages({ userId, deviceId }, range, PAGE);
    if (page.messages.length > 0) place.mayHoldTold = true;
    return page;
  }

  /** The device has everything up to its position. Where nothing was told since the last time, there is nothing to remove. */
  async confirm({ userId, deviceId }: SyncRequest, upTo: number, place: InboxPlace): Promise<void> {
    if (!place.mayHoldTold || upTo === 0) return;
    place.mayHoldTold = false;
    try {
      await this.#inbox.removeMessages({ userId, deviceId }, upTo);
    } catch (error) {
      place.mayHoldTold = true;
      throw error;
    }
  }
}
