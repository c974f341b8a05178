import type { Clock } from '@plexus/matrix-base';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { asTopicError } from './kafka-connection.ts';

export interface ConsumerSessionOptions {
  /** A consumer that was not used before. */
  readonly createConsumer: () => Consumer;
  readonly topic: string;
  readonly clock: Clock;
  /** A consumer that has not fetched for so long hangs. */
  readonly stallMs: number;
  /** Called before each consumer joins. */
  readonly prepare: () => Promise<void>;
  /** These partitions are this consumer's; called before the first fetch of them, which follows what it seeks. */
  readonly joined: (consumer: Consumer, partitions: readonly number[]) => void;
  readonly arrived: (payload: EachBatchPayload) => Promise<void>;
  /** Fetching failed and goes on by itself: who knows what happened to the topic meanwhile. */
  readonly interrupted: () => void;
  /** The consumer is gone; another one follows. */
  readonly lost: (error: unknown) => void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
const CLOSE_WITHIN_MS = 3_000;
const LOOKS_PER_STALL = 5;

/**
 * Keeps a consumer running: one that crashed, or hangs, is replaced.
 *
 *     prepare ──> connect ──> joined ──> fetching ──crash, stall──> lost ──pause──> prepare
 *                                            │
 *                                          stop ──> leaves the group
 */
export class ConsumerSession {
  readonly #options: ConsumerSessionOptions;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #retryMs = FIRST_RETRY_MS;

  constructor(options: ConsumerSessionOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, lost } = this.#options;
    const { signal } = this.#stopped;
    await Promise.resolve();
    while (!signal.aborted) {
      const error = await this.#runConsumer();
      if (signal.aborted) return;
      lost(asTopicError(error, 'the consumer ended'));
      await clock.delay(this.#retryMs, signal);
      this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    }
  }

  /** Runs one consumer to its end and says why it ended; undefined where it was stopped. */
  async #runConsumer(): Promise<unknown> {
    const { createConsumer, topic, prepare, arrived } = this.#options;
    const consumer = createConsumer();
    const watch = this.#watch(consumer);
    try {
      await prepare();
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: true, eachBatch: arrived });
      return await watch.ended;
    } catch (error) {
      return error;
    } finally {
      watch.end();
      await this.#close(consumer);
    }
  }

  #watch(consumer: Consumer): { ended: Promise<unknown>; end: () => void } {
    const { clock, stallMs, joined, interrupted, topic } = this.#options;
    const over = new AbortController();
    const { promise: crashed, resolve: crash } = Promise.withResolvers<unknown>();
    const fetching = new Set<number>();
    let lastFetch = clock.now();
    const removals = [
      consumer.on(consumer.events.CRASH, ({ payload }) => crash(payload.error)),
      // @NOTE Of a fetch that fails the client says nothing but that it begins the next one.
      consumer.on(consumer.events.FETCH_START, ({ payload }) => {
        if (fetching.has(payload.nodeId)) interrupted();
        fetching.add(payload.nodeId);
      }),
      consumer.on(consumer.events.FETCH, ({ payload }) => {
        fetching.delete(payload.nodeId);
        lastFetch = clock.now();
      }),
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        lastFetch = clock.now();
        this.#retryMs = FIRST_RETRY_MS;
        if (!over.signal.aborted) joined(consumer, payload.memberAssignment[topic] ?? []);
      }),
    ];
    const stalled = async (): Promise<unknown> => {
      const signal = AbortSignal.any([over.signal, this.#stopped.signal]);
      while (!signal.aborted) {
        await clock.delay(stallMs / LOOKS_PER_STALL, signal);
        if (clock.now() - lastFetch > stallMs) return new Error(`nothing was fetched for ${stallMs} ms`);
      }
      return undefined;
    };
    const end = (): void => {
      over.abort();
      for (const remove of removals) remove();
    };
    return { ended: Promise.race([crashed, stalled()]), end };
  }

  /** @NOTE A consumer that hangs may not end either: then it is left to its own time limits. */
  async #close(consumer: Consumer): Promise<void> {
    const given = new AbortController();
    const closed = consumer.disconnect().catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#options.lost(asTopicError(error, 'the consumer could not be closed'));
    });
    await Promise.race([closed, this.#options.clock.delay(CLOSE_WITHIN_MS, given.signal)]);
    given.abort();
  }
}
