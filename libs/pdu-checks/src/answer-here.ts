import { setImmediate } from 'node:timers/promises';
import type { OpenedAnswer } from './answer-worker.ts';
import { EventLists } from './event-lists.ts';
import type { AnsweredEvent, EventListsQuery, EventRange, VerifiedRange } from './event-lists.ts';
import { KeyIndex } from './known-keys.ts';
import type { KnownKey } from './known-keys.ts';

/** So many are verified before others get their turn. */
const EVENTS_AT_ONCE = 25;

/** Reads one short answer as an `AnswerThread` does, without a thread. */
export class AnswerHere {
  readonly #keys = new KeyIndex();
  #lists: EventLists | undefined;

  async open(answer: Uint8Array, query: EventListsQuery, now: number): Promise<OpenedAnswer> {
    const opened = EventLists.open(answer, query);
    if (opened.outcome === 'malformed') return opened;
    const { lists } = opened;
    this.#lists = lists;
    return { outcome: 'opened', rest: lists.rest, size: lists.size, needed: lists.neededKeys(now) };
  }

  async verify({ from, to, enoughBytes }: EventRange, keys: readonly KnownKey[]): Promise<VerifiedRange> {
    if (this.#lists === undefined) throw new TypeError('No answer is open');
    this.#keys.add(keys);
    const events: AnsweredEvent[] = [];
    let [next, left] = [from, enoughBytes];
    while (next < Math.min(to, this.#lists.size) && left > 0) {
      const range = { from: next, to: Math.min(to, next + EVENTS_AT_ONCE), enoughBytes: left };
      const verified = this.#lists.verify(range, this.#keys.find);
      for (const event of verified.events) left -= event.bytes.length;
      events.push(...verified.events);
      next = verified.next;
      await setImmediate();
    }
    return { events, next };
  }
}
