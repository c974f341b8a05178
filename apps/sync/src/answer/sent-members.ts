import type { RoomLog } from '../log/room-log.ts';

const MAX_MEMBERS = 100;

/**
 * Which membership events a device was sent when it loads members lazily, so that they are not sent with each of its timelines
 * (https://spec.matrix.org/v1.19/client-server-api/#lazy-loading-room-members). What a response carries counts only once the device
 * asks for what comes after that response: a response may be lost.
 */
export class SentMembers {
  /** Nothing as long as there is none: most devices do not load lazily. */
  #confirmed: Map<string, number> | undefined;
  #pending: { readonly token: string; readonly members: ReadonlyMap<string, number> } | undefined;
  #since: string | undefined;

  /** The device asks from this token on: after the last response, again as before, or from anywhere else. */
  confirm(since: string | undefined): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (since !== undefined && since === pending?.token) {
      for (const [key, eventNid] of pending.members) this.#keep(key, eventNid);
    } else if (since === undefined || since !== this.#since) {
      this.#confirmed = undefined;
    }
    this.#since = since;
  }

  /** A response with these members is on its way. */
  sending(token: string, members: ReadonlyMap<string, number>): void {
    this.#pending = { token, members };
  }

  has(room: RoomLog, userId: string): boolean {
    return this.#confirmed?.has(keyOf(room, userId)) === true;
  }

  hasEvent(room: RoomLog, { userId, eventNid }: { userId: string; eventNid: number | undefined }): boolean {
    return eventNid !== undefined && this.#confirmed?.get(keyOf(room, userId)) === eventNid;
  }

  #keep(key: string, eventNid: number): void {
    const confirmed = (this.#confirmed ??= new Map<string, number>());
    confirmed.delete(key);
    confirmed.set(key, eventNid);
    const oldest = confirmed.size > MAX_MEMBERS ? confirmed.keys().next().value : undefined;
    if (oldest !== undefined) confirmed.delete(oldest);
  }
}

export function keyOf({ shard, roomNid }: RoomLog, userId: string): string {
  return `${shard}/${roomNid} ${userId}`;
}
