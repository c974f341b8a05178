import { parentPort } from 'node:worker_threads';
import { EventLists } from './event-lists.ts';
import type { EventListsQuery, PieceLimits } from './event-lists.ts';
import type { NeededKeys } from './find-needed-keys.ts';
import { KeyIndex } from './known-keys.ts';
import type { KnownKey } from './known-keys.ts';
import { packEvents } from './packed-events.ts';
import type { PackedEvents } from './packed-events.ts';

/** First an answer is opened, then its events are verified in parts, each with the keys that it needs and none before; closed, it is forgotten. */
export type AnswerTask =
  | { readonly task: 'open'; readonly answer: Uint8Array; readonly query: EventListsQuery; readonly now: number }
  | { readonly task: 'verify'; readonly limits: PieceLimits; readonly keys: readonly KnownKey[] }
  | { readonly task: 'close' };

export type OpenedAnswer =
  | {
      readonly outcome: 'opened';
      /** The answer without the lists. */
      readonly rest: string;
      readonly size: number;
      /** Those of the first events first. */
      readonly needed: readonly NeededKeys[];
    }
  | { readonly outcome: 'malformed'; readonly because: string };

export type AnswerMessage =
  | OpenedAnswer
  | { readonly outcome: 'closed' }
  | { readonly outcome: 'verified'; readonly packed: PackedEvents; readonly next: number }
  | { readonly outcome: 'failed'; readonly because: string };

let lists: EventLists | undefined;
let keys = new KeyIndex();

parentPort?.on('message', (task: AnswerTask) => {
  const message = respond(task);
  parentPort?.postMessage(message, message.outcome === 'verified' ? [message.packed.bytes.buffer] : []);
});

function respond(task: AnswerTask): AnswerMessage {
  try {
    return execute(task);
  } catch (error) {
    return { outcome: 'failed', because: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function execute(task: AnswerTask): AnswerMessage {
  switch (task.task) {
    case 'open': {
      const opened = EventLists.open(task.answer, task.query);
      if (opened.outcome === 'malformed') return opened;
      lists = opened.lists;
      return { outcome: 'opened', rest: lists.rest, size: lists.size, needed: lists.neededKeys(task.now) };
    }
    case 'verify': {
      if (lists === undefined) throw new TypeError('No answer is open');
      keys.add(task.keys);
      const { events, next } = lists.verify(task.limits, keys.find);
      return { outcome: 'verified', packed: packEvents(events), next };
    }
    case 'close':
      lists = undefined;
      keys = new KeyIndex();
      return { outcome: 'closed' };
  }
}
