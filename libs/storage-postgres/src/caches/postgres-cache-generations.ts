import type { Clock } from '@plexus/matrix-base';
import type { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Statement } from '../postgres/statement.ts';

/** How often the generation is confirmed. */
const POLL_MS = 250;
/** How long a confirmation counts, from before it was asked for: past it, values of that generation are not read. */
const CONFIRMED_MS = 500;

/**
 * The generation of the shared caches, polled. Structurally the `CacheGenerations` of `@plexus/cache`: after `raise` resolves no process
 * goes on with the generation before for longer than `CONFIRMED_MS`, because none can confirm it.
 */
export class PostgresCacheGenerations {
  readonly #database: PostgresDatabase;
  readonly #clock: Clock;
  readonly #onPollError: (error: unknown) => void;
  readonly #stopping = new AbortController();
  #generation: number | undefined;
  #confirmedUntil = 0;
  #polling: Promise<void> | undefined;
  #raising: Promise<void> = Promise.resolve();
  #nextRaise: Promise<void> | undefined;

  constructor(database: PostgresDatabase, options: { clock: Clock; onPollError: (error: unknown) => void }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#onPollError = options.onPollError;
  }

  /** Confirms the generation once, then goes on until `stop`. */
  async start(): Promise<void> {
    await this.#confirm();
    this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  current(): number | undefined {
    return this.#clock.now() < this.#confirmedUntil ? this.#generation : undefined;
  }

  /** Who asks while a raise is under way waits for the next one, with all others who do: the first may be committed already. */
  raise(): Promise<void> {
    this.#nextRaise ??= this.#raising = this.#raising.catch(ignoreFailure).then(() => {
      this.#nextRaise = undefined;
      return this.#raiseNow();
    });
    return this.#nextRaise;
  }

  async #raiseNow(): Promise<void> {
    await this.#database.run(RAISE);
    await this.#confirm();
  }

  /** @NOTE Two that overlap may end in the other order: what is known never goes back. */
  async #confirm(): Promise<void> {
    const asked = this.#clock.now();
    const [row] = await this.#database.run<{ generation: number }>(READ);
    if (row === undefined || row.generation < (this.#generation ?? 0)) return;
    this.#generation = row.generation;
    this.#confirmedUntil = Math.max(this.#confirmedUntil, asked + CONFIRMED_MS);
  }

  async #poll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#clock.delay(POLL_MS, this.#stopping.signal);
      try {
        await this.#confirm();
      } catch (error) {
        this.#onPollError(error);
      }
    }
  }
}

const READ: Statement = { name: 'read_cache_generation', text: 'select generation from cache_generation' };
const RAISE: Statement = {
  name: 'raise_cache_generation',
  text: 'update cache_generation set generation = generation + 1',
};

/** Whoever waits for the raise that failed hears of it. */
function ignoreFailure(): void {}
