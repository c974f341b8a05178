import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { Clock, JsonObject } from '@plexus/matrix-base';
import type { KeyRing } from '@plexus/remote-servers';
import { AnswerHere } from './answer-here.ts';
import { AnswerKeys } from './answer-keys.ts';
import { AnswerThread } from './answer-thread.ts';
import type { OpenedAnswer } from './answer-worker.ts';
import type { AnsweredEvent, EventListsQuery } from './event-lists.ts';
import { VerifiedPieces } from './verified-pieces.ts';
import type { PieceVerifier } from './verified-pieces.ts';

/** What an answer says beside its events. */
export type ReadRest =
  | { readonly outcome: 'ok'; readonly rest: JsonObject }
  | { readonly outcome: 'malformed'; readonly because: string };

/** An answer's events, by the member that has them, those with the least depth first; and what else it says. */
export type ReadAnswer =
  | (Extract<ReadRest, { outcome: 'ok' }> & { readonly events: ReadonlyMap<string, readonly AnsweredEvent[]> })
  | Extract<ReadRest, { outcome: 'malformed' }>;

/** Takes some events as they have been verified. The next ones are verified meanwhile, and given when these are taken. */
export type TakeEvents = (events: readonly AnsweredEvent[]) => Promise<void>;

export interface AnswerReaderPorts {
  readonly keys: Pick<KeyRing, 'findKeys'>;
  readonly clock: Pick<Clock, 'now'>;
  /** So many long answers are read at once; further ones wait. */
  readonly atOnce: number;
}

interface Asked<B extends ArrayBufferLike> {
  readonly answer: Uint8Array<B>;
  readonly query: EventListsQuery;
}

/** Where an answer is read: here, or in a thread. */
interface ReadingPlace<B extends ArrayBufferLike> extends PieceVerifier {
  open(answer: Uint8Array<B>, query: EventListsQuery, now: number): Promise<OpenedAnswer>;
}

/** A longer answer takes a thread; a shorter one is read in some milliseconds. */
const SHORT_BYTES = 64 * 1024;
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
    const events: AnsweredEvent[] = [];
    const read = await this.readInPieces(answer, query, async (piece) => void events.push(...piece));
    return read.outcome === 'malformed' ? read : { ...read, events: Map.groupBy(events, ({ list }) => list) };
  }

  /**
   * As `read`, for who takes the events as they come: those with the least depth first, whatever list they are in. Of a malformed answer none is given.
   * Throws what `take` throws, too.
   */
  async readInPieces(answer: Uint8Array, query: EventListsQuery, take: TakeEvents): Promise<ReadRest> {
    if (answer.byteLength <= SHORT_BYTES) return this.#readIn(new AnswerHere(), { answer, query }, take);
    if (this.#reading >= this.#ports.atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reading += 1;
    try {
      return await this.#readInThread({ answer: ownBytes(answer), query }, take);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#reading -= 1;
      else next();
    }
  }

  /** A long answer is on its way: starting a thread takes a while. */
  expect(): void {
    if (this.#idle.length === 0 && this.#reading < this.#ports.atOnce) this.#keep(new AnswerThread());
  }

  async stop(): Promise<void> {
    for (const { ending } of this.#idle) clearTimeout(ending);
    await Promise.all(this.#idle.splice(0).map(({ thread }) => thread.end()));
  }

  async #readInThread(asked: Asked<ArrayBuffer>, take: TakeEvents): Promise<ReadRest> {
    const thread = this.#takeThread();
    try {
      const read = await this.#readIn(thread, asked, take);
      await thread.close();
      this.#keep(thread);
      return read;
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  async #readIn<B extends ArrayBufferLike>(
    place: ReadingPlace<B>,
    { answer, query }: Asked<B>,
    take: TakeEvents,
  ): Promise<ReadRest> {
    const opened = await place.open(answer, query, this.#ports.clock.now());
    if (opened.outcome === 'malformed') return opened;
    const pieces = new VerifiedPieces(place, new AnswerKeys(opened.needed, this.#ports.keys), opened.size);
    let taken: Promise<void> | undefined;
    while (!pieces.areAllGiven) {
      const [events] = await Promise.all([pieces.next(), taken]);
      taken = events.length === 0 ? undefined : take(events);
    }
    await taken;
    return { outcome: 'ok', rest: restOf(opened.rest) };
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

function restOf(text: string): JsonObject {
  const rest = parseJson(text);
  if (rest.outcome === 'reject' || !isJsonObject(rest.value)) throw new TypeError('The rest of an answer is an object');
  return rest.value;
}
