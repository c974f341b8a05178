import { SentMembers } from '../answer/sent-members.ts';
import type { SyncRequest } from '../answer/sync-request.ts';
import type { RequestEnd } from './request-end.ts';

/** What is known here of a device's inbox. */
export interface InboxPlace {
  /** Whether it may still hold messages that the device was told, by whichever process. */
  mayHoldTold: boolean;
}

/** What is kept of a device from one of its requests to the next. */
export interface DeviceSlot {
  readonly sentMembers: SentMembers;
  readonly inbox: InboxPlace;
  /** Whether the device has asked for nothing else since this request. */
  isOf(end: RequestEnd): boolean;
  /** To be called when the request is answered. */
  release(end: RequestEnd): void;
}

class Device implements DeviceSlot {
  readonly sentMembers = new SentMembers();
  readonly inbox: InboxPlace = { mayHoldTold: true };
  lastUsed = 0;
  /** Of the request that is being answered. */
  #current: RequestEnd | undefined;

  get isAnswered(): boolean {
    return this.#current === undefined;
  }

  begin(end: RequestEnd, now: number): void {
    this.#current?.reach('replaced');
    this.#current = end;
    this.lastUsed = now;
  }

  isOf(end: RequestEnd): boolean {
    return this.#current === end;
  }

  release(end: RequestEnd): void {
    if (this.#current === end) this.#current = undefined;
  }
}

/** One request per device: a newer one replaces the older one. */
export class DeviceSlots {
  readonly #devices = new Map<string, Device>();

  /** What the device asked for before is answered at once. */
  take({ userId, deviceId, end }: Pick<SyncRequest, 'userId' | 'deviceId' | 'end'>, now: number): DeviceSlot {
    const key = `${userId} ${deviceId}`;
    const device = this.#devices.get(key) ?? new Device();
    this.#devices.set(key, device);
    device.begin(end, now);
    return device;
  }

  /** Forgets devices that have not asked since. */
  dropIdle(before: number): void {
    for (const [key, device] of this.#devices) {
      if (device.isAnswered && device.lastUsed < before) this.#devices.delete(key);
    }
  }
}
