import { SentMembers } from '../answer/sent-members.ts';

/** What is known here of a device's inbox. */
export interface InboxPlace {
  /** Whether it may still hold messages that the device was told, by whichever process. */
  mayHoldTold: boolean;
}

/** The request of a device that is being answered. */
export interface DeviceSlot {
  /** Aborts when the device asks again: then this request is answered at once. */
  readonly replaced: AbortSignal;
  readonly sentMembers: SentMembers;
  readonly inbox: InboxPlace;
  /** To be called when the request is answered. */
  release(): void;
}

interface Device {
  current: AbortController | undefined;
  lastUsed: number;
  readonly sentMembers: SentMembers;
  readonly inbox: InboxPlace;
}

/** A reason of its own, since the default one is an exception with a stack. */
const REPLACED = 'replaced';

/** One request per device: a newer one replaces the older one. */
export class DeviceSlots {
  readonly #devices = new Map<string, Device>();

  take(userId: string, deviceId: string, now: number): DeviceSlot {
    const key = `${userId} ${deviceId}`;
    const device = this.#devices.get(key) ?? newDevice(now);
    this.#devices.set(key, device);
    device.current?.abort(REPLACED);
    const taken = new AbortController();
    device.current = taken;
    device.lastUsed = now;
    const release = (): void => {
      if (device.current === taken) device.current = undefined;
    };
    return { replaced: taken.signal, sentMembers: device.sentMembers, inbox: device.inbox, release };
  }

  /** Forgets devices that have not asked since. */
  dropIdle(before: number): void {
    for (const [key, device] of this.#devices) {
      if (device.current === undefined && device.lastUsed < before) this.#devices.delete(key);
    }
  }
}

function newDevice(now: number): Device {
  return { current: undefined, lastUsed: now, sentMembers: new SentMembers(), inbox: { mayHoldTold: true } };
}
