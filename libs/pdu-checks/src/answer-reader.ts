import { setImmediate } from 'node:timers/promises';
import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { Clock, JsonObject } from '@plexus/matrix-base';
import type { KeyRing } from '@plexus/remote-servers';
import { AnswerThread } from './answer-thread.ts';
import { EventLists } from './event-lists.ts';
import type { AnsweredEvent, EventListsQuery } from './event-lists.ts';
import { findNeededKeys } from './find-needed-keys.ts';
import { indexKeys } from './known-keys.ts';

/** An answer's events, by the member that has them, those with the least depth first; and what else it says. */
export type ReadAnswer =
  | {
      readonly outcome: 'ok';
      readonly rest: JsonObject;
      readonly events: ReadonlyMap<string, readonly AnsweredEvent[]>;
    }
  | { readonly outcome: 'malformed'; readonly because: string };

export interface AnswerReaderPorts {
  readonly keys: Pick<KeyRing, 'findKeys'>;
  readonly clock: Pick<Clock, 'now'>;
  /** So many long answers are read at once; further ones wait. */
  readonly atOnce: number;
}

/** A longer answer takes a thread; a shorter one is read in some milliseconds. */
const SHORT_BYTES = 64 * 1024;
const EVENTS_AT_ONCE = { here: 25, inThread: 500 };
/** So long a thread waits for another answer. */
const IDLE_MS = 60_000;

/**
 * Reads answers that hold lists of events, as large as they may be: their events stand checks 1 to 3 on receipt of a PDU
 * (https://spec.matrix.org/v1.19/server-server-api/#checks-performed-on-receipt-of-a-pdu) and are of the room, or are left out, each for itself. What
 * takes long is done in a thread.
 */
export class AnswerReader {
  readonly #ports: AnswerReaderPorts;
  readonly #waiting: (() => void)[] = [];
  /** Threads without an answer, and what ends each of them in time. */
  readonly #idle: { readonly thread: AnswerThread; readonly ending: NodeJS.Timeout }[] = [];
  #reading = 0;

  constructor(ports: AnswerReaderPorts) {
    this.#ports = ports;
  }

  /** The bytes of a long answer must not be used afterwards. Throws `VerificationError` and what the key ring throws. */
  async read(answer: Uint8Array, query: EventListsQuery): Promise<ReadAnswer> {
    if (answer.byteLength <= SHORT_BYTES) return this.#readHere(answer, query);
    if (this.#reading >= this.#ports.atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reading += 1;
    try {
      return await this.#readInThread(ownBytes(answer), query);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#reading -= 1;
      else next();
    }
  }

  async stop(): Promise<void> {
    for (const { ending } of this.#idle) clearTimeout(ending);
    await Promise.all(this.#idle.splice(0).map(({ thread }) => thread.end()));
  }

  async #readHere(answer: Uint8Array, query: EventListsQuery): Promise<ReadAnswer> {
    const { keys, clock } = this.#ports;
    const opened = EventLists.open(answer, query);
    if (opened.outcome === 'malformed') return opened;
    const { lists } = opened;
    const findKey = indexKeys(await findNeededKeys(lists.neededKeys(clock.now()), keys));
    const events: AnsweredEvent[] = [];
    for (let from = 0; from < lists.size; from += EVENTS_AT_ONCE.here) {
      events.push(...lists.verify({ from, to: from + EVENTS_AT_ONCE.here }, findKey));
      await setImmediate();
    }
    return answerOf(lists.rest, events);
  }

  async #readInThread(answer: Uint8Array<ArrayBuffer>, query: EventListsQuery): Promise<ReadAnswer> {
    const thread = this.#takeThread();
    try {
      const read = await this.#readIn(thread, answer, query);
      await thread.close();
      this.#keep(thread);
      return read;
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  async #readIn(thread: AnswerThread, answer: Uint8Array<ArrayBuffer>, query: EventListsQuery): Promise<ReadAnswer> {
    const { keys, clock } = this.#ports;
    const opened = await thread.open(answer, query, clock.now());
    if (opened.outcome === 'malformed') return opened;
    await thread.giveKeys(await findNeededKeys(opened.needed, keys));
    const events: AnsweredEvent[] = [];
    for (let from = 0; from < opened.size; from += EVENTS_AT_ONCE.inThread)
      events.push(...(await thread.verify(from, from + EVENTS_AT_ONCE.inThread)));
    return answerOf(opened.rest, events);
  }

  #takeThread(): AnswerThread {
    const idle = this.#idle.pop();
    if (idle === undefined) return new AnswerThread();
    clearTimeout(idle.ending);
    return idle.thread;
  }

  #keep(thread: AnswerThread): void {
    const ending = setTimeout(() => {
      const index = this.#idle.findIndex((idle) => idle.thread === thread);
      if (index !== -1) this.#idle.splice(index, 1);
      void thread.end();
    }, IDLE_MS);
    this.#idle.push({ thread, ending: ending.unref() });
  }
}

/** @NOTE What lies in a buffer that others use too cannot be handed over to a thread. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(bytes);
}

function answerOf(restText: string, events: readonly AnsweredEvent[]): ReadAnswer {
  const rest = parseJson(restText);
  if (rest.outcome === 'reject' || !isJsonObject(rest.value)) throw new TypeError('The rest of an answer is an object');
  return { outcome: 'ok', rest: rest.value, events: Map.groupBy(events, ({ list }) => list) };
}
