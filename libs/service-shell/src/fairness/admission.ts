import type { IncomingMessage } from 'node:http';
import { ListenerRequest } from '../http/listener.ts';
import { ALL_USERS, limitExceeded } from '../limits/rate-limiter.ts';
import type { RateLimiter } from '../limits/rate-limiter.ts';
import type { FairSlots, Slot } from './fair-slots.ts';

/** What of a request is needed to let it in. */
export interface AdmittedRequest {
  readonly raw?: IncomingMessage;
}

const RETRY_AFTER_MS = 1_000;

/**
 * Lets requests in, within the limit of what their hosted server may ask, the servers by turns. A request is inside from when it is known whose it is
 * until it is answered.
 */
export class Admission {
  readonly #slots: FairSlots;
  readonly #limiter: RateLimiter | undefined;

  /** Without a limiter the servers take turns, and may ask as much as they want. */
  constructor(slots: FairSlots, limiter?: RateLimiter) {
    this.#slots = slots;
    this.#limiter = limiter;
  }

  /** Resolves, or returns nothing, when the request may go on. Throws 429 `M_LIMIT_EXCEEDED` where its server asks too much, or too many of it wait. */
  admit(serverName: string, { raw }: AdmittedRequest): Promise<void> | undefined {
    if (!(raw instanceof ListenerRequest) || raw.isAdmitted) return undefined;
    raw.isAdmitted = true;
    if (this.#limiter === undefined) return this.#enter(serverName, raw);
    const waitMs = this.#limiter.use({ action: 'server-request', serverName, key: ALL_USERS });
    if (typeof waitMs !== 'number') return this.#enterAfter(waitMs, serverName, raw);
    if (waitMs > 0) throw limitExceeded(waitMs);
    return this.#enter(serverName, raw);
  }

  async #enterAfter(limited: Promise<number>, serverName: string, raw: ListenerRequest): Promise<void> {
    const waitMs = await limited;
    if (waitMs > 0) throw limitExceeded(waitMs);
    await this.#enter(serverName, raw);
  }

  #enter(serverName: string, raw: ListenerRequest): Promise<void> | undefined {
    const entered = this.#slots.enter(serverName);
    if (entered === undefined) throw limitExceeded(RETRY_AFTER_MS);
    if (entered instanceof Promise) return entered.then((slot) => holdWhileAnswered(raw, slot));
    holdWhileAnswered(raw, entered);
    return undefined;
  }
}

function holdWhileAnswered(raw: ListenerRequest, slot: Slot): void {
  if (raw.isOver) slot.leave();
  else raw.whenOver = () => slot.leave();
}
