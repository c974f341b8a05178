import { setImmediate } from 'node:timers/promises';
import { heardLater } from '@plexus/matrix-base';
import type { OpenedAnswer } from './answer-worker.ts';
import { EventLists } from './event-lists.ts';
import type { AnsweredEvent, EventListsQuery, PieceLimits, VerifiedPiece } from './event-lists.ts';
import { KeyIndex } from './known-keys.ts';
import type { KnownKey } from './known-keys.ts';

/** So many are verified before others get their turn. */
const EVENTS_AT_ONCE = 25;

/** Reads one short answer as an `AnswerThread` does, without a thread. */
export class AnswerHere {
  readonly #keys = new KeyIndex();
  #lists: EventLists | undefined;
  #last: Promise<unknown> = Promise.resolve();

  async open(answer: Uint8Array, query: EventListsQuery, now: number): Promise<OpenedAnswer> {
    const opened = EventLists.open(answer, query);
    if (opened.outcome === 'malformed') return opened;
    const { lists } = opened;
    this.#lists = lists;
    return { outcome: 'opened', rest: lists.rest, size: lists.size, needed: lists.neededKeys(now) };
  }

  verify(limits: PieceLimits, keys: readonly KnownKey[]): Promise<VerifiedPiece> {
    const verified = this.#last.then(() => this.#verify(limits, keys));
    // What fails has read its events: nothing is verified after it.
    this.#last = heardLater(verified);
    return verified;
  }

  async #verify({ events: atMost, enoughBytes }: PieceLimits, keys: readonly KnownKey[]): Promise<VerifiedPiece> {
    if (this.#lists === undefined) throw new TypeError('No answer is open');
    this.#keys.add(keys);
    const events: AnsweredEvent[] = [];
    let piece: VerifiedPiece = { events, next: 0 };
    let bytesLeft = enoughBytes;
    for (let left = atMost; left > 0 && bytesLeft > 0 && piece.next < this.#lists.size; left -= EVENTS_AT_ONCE) {
      const limits = { events: Math.min(left, EVENTS_AT_ONCE), enoughBytes: bytesLeft };
      piece = this.#lists.verify(limits, this.#keys.find);
      for (const event of piece.events) bytesLeft -= event.bytes.length;
      events.push(...piece.events);
      await setImmediate();
    }
    return { events, next: piece.next };
  }
}
