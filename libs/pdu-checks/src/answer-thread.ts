import { Worker } from 'node:worker_threads';
import type { AnswerMessage, AnswerTask, OpenedAnswer } from './answer-worker.ts';
import type { EventListsQuery, PieceLimits, VerifiedPiece } from './event-lists.ts';
import type { KnownKey } from './known-keys.ts';
import { unpackEvents } from './packed-events.ts';
import { VerificationError } from './verification-threads.ts';

/** A thread that holds one answer at a time. What it is asked waits there: it answers one thing after the other, and need not wait for who asks. */
export class AnswerThread {
  readonly #worker: Worker;
  /** What is not answered, in order. */
  readonly #asked: PromiseWithResolvers<AnswerMessage>[] = [];
  #ended: VerificationError | undefined;

  /** @NOTE Run from its sources the worker is a TypeScript file, as this one. */
  constructor() {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./answer-worker.${extension}`, import.meta.url));
    this.#worker.unref();
    this.#worker.on('message', (message: AnswerMessage) => this.#asked.shift()?.resolve(message));
    this.#worker.on('error', (cause) => this.#end(cause));
    this.#worker.on('exit', (code) => this.#end(code));
  }

  /** The answer's bytes are the thread's from now on. */
  async open(answer: Uint8Array<ArrayBuffer>, query: EventListsQuery, now: number): Promise<OpenedAnswer> {
    const opened = await this.#ask({ task: 'open', answer, query, now }, [answer.buffer]);
    if (opened.outcome === 'opened' || opened.outcome === 'malformed') return opened;
    throw unexpected(opened);
  }

  async verify(limits: PieceLimits, keys: readonly KnownKey[]): Promise<VerifiedPiece> {
    const verified = await this.#ask({ task: 'verify', limits, keys });
    if (verified.outcome === 'verified') return { events: unpackEvents(verified.packed), next: verified.next };
    throw unexpected(verified);
  }

  /** Lets go of the answer. */
  async close(): Promise<void> {
    const closed = await this.#ask({ task: 'close' });
    if (closed.outcome !== 'closed') throw unexpected(closed);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(task: AnswerTask, handedOver: readonly ArrayBuffer[] = []): Promise<AnswerMessage> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const asked = Promise.withResolvers<AnswerMessage>();
    this.#asked.push(asked);
    this.#worker.postMessage(task, [...handedOver]);
    return asked.promise;
  }

  #end(cause: unknown): void {
    this.#ended ??= new VerificationError('a thread that reads an answer ended', { cause });
    for (const { reject } of this.#asked.splice(0)) reject(this.#ended);
  }
}

function unexpected(message: AnswerMessage): VerificationError {
  const because = message.outcome === 'failed' ? message.because : `it says ${message.outcome}`;
  return new VerificationError(`an answer could not be read: ${because}`);
}
