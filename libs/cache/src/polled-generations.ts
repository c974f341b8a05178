import { pauseBetweenLooks } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { FreshnessRules } from './freshness-rules.ts';
import type { CacheGenerations, SharedCacheStore, SharedHome } from './shared-store.ts';
import { CacheStoreError } from './shared-store.ts';

/** The generation where it is kept. */
export interface GenerationRow {
  read(): Promise<GenerationState | undefined>;
  /** The next generation, without a home, closed for `closedMs` from now; with `seen` only where that is still the present one. */
  raise(closedMs: number, seen?: number): Promise<void>;
  /** Gives the generation its home, where it has none yet. */
  claim(generation: number, home: string): Promise<void>;
}

export interface GenerationState {
  readonly generation: number;
  /** The home, or the one of an earlier generation. */
  readonly home: string | undefined;
  readonly isSettled: boolean;
  /** Milliseconds for which nobody may read or fill yet; this never ends earlier than was said. */
  readonly closedForMs: number;
}

export interface PolledGenerationsOptions {
  readonly row: GenerationRow;
  readonly store: Pick<SharedCacheStore, 'settle'>;
  readonly clock: Clock;
  readonly rules: FreshnessRules;
  readonly onError: (error: unknown) => void;
}

/** How often the generation is confirmed. */
const POLL_MS = 250;
/** It is confirmed for so long after its last use: then nothing that is shared is read, and nobody needs to know. */
const IN_USE_MS = 10_000;
const MOST_RAISES = 3;

/**
 * The generation of the shared caches, asked for again and again while it is used. Who uses it first after a rest finds it unconfirmed.
 *
 *     (raise) ──► no home, closed ──claim──► home, closed ──► home, open ──► (raise)
 *                        └─────► no home, open ──claim─────────────┘
 *
 * A generation has one home for ever: the store of the first process that reaches one. It is used once it is open as well: one that was raised stays
 * closed while changes end that were marked elsewhere, or nowhere. Those that begin meanwhile are marked in the home already, so that they need
 * not prolong it, however many there are.
 */
export class PolledGenerations implements CacheGenerations {
  readonly #options: PolledGenerationsOptions;
  readonly #stopping = new AbortController();
  #home: SharedHome | undefined;
  #isOpen = false;
  #confirmedUntil = -Infinity;
  #lastQuestion = 0;
  /** Answers to questions before this one are not believed. */
  #firstBelieved = 0;
  /** Nobody fills the shared level before, as this process or the row says. */
  #closedUntil = -Infinity;
  #closing: Promise<void> | undefined;
  #renewing: Promise<void> | undefined;
  #polling: Promise<void> | undefined;
  #isFailing = false;
  #lastUsed = -Infinity;
  #wake: (() => void) | undefined;

  constructor(options: PolledGenerationsOptions) {
    this.#options = options;
  }

  /** Confirms the generation once, then goes on until `stop`. */
  async start(): Promise<void> {
    await this.#confirm();
    this.#noteUse();
    this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  current(): SharedHome | undefined {
    this.#noteUse();
    return this.#isUsable() ? this.#home : undefined;
  }

  async homeOfChanges(): Promise<SharedHome | undefined> {
    this.#noteUse();
    if (!this.#isConfirmed()) await this.#ask();
    return this.#isConfirmed() ? this.#home : undefined;
  }

  doubt(): void {
    if (this.#options.rules.doubtsFailures) this.#disbelieve();
  }

  /** Changes that wait at the same time share the statements; where the shared level is closed for long enough already, it is not raised. */
  async close(leastMs: number): Promise<number> {
    for (let count = 0; count < MOST_RAISES && !this.#isClosedFor(leastMs); count += 1)
      await (this.#closing ??= this.#closeNow(leastMs).finally(() => (this.#closing = undefined)));
    if (!this.#isClosedFor(leastMs)) throw new CacheStoreError('the shared cache could not be closed in time');
    return this.#closedUntil;
  }

  /** @NOTE Several processes that see the same trouble raise the generation once: the one that they name is void then. */
  async renew(generation: number): Promise<void> {
    this.#disbelieve();
    const { row, rules } = this.#options;
    await (this.#renewing ??= row.raise(rules.closedMs, generation).finally(() => (this.#renewing = undefined)));
  }

  #isUsable(): boolean {
    return this.#isOpen && this.#isConfirmed();
  }

  #isConfirmed(): boolean {
    return this.#options.clock.now() < this.#confirmedUntil;
  }

  #isClosedFor(leastMs: number): boolean {
    return this.#options.clock.now() + leastMs < this.#closedUntil;
  }

  /** @NOTE Another process may have closed it: each further raise would take the home from those that have found it. */
  async #closeNow(leastMs: number): Promise<void> {
    await this.#ask();
    if (!this.#isClosedFor(leastMs)) await this.#raise();
  }

  async #raise(): Promise<void> {
    const { row, clock, rules } = this.#options;
    const asked = clock.now();
    this.#disbelieve();
    await row.raise(rules.closedMs);
    // What was asked meanwhile may have been answered before.
    this.#disbelieve();
    this.#noteClosed(asked + rules.closedMs);
  }

  #noteClosed(until: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, until);
  }

  #disbelieve(): void {
    this.#firstBelieved = this.#lastQuestion + 1;
    this.#confirmedUntil = -Infinity;
  }

  async #confirm(): Promise<void> {
    const state = await this.#ask();
    if (state === undefined || state.isSettled) return;
    await this.#settle(state);
    await this.#ask();
  }

  async #ask(): Promise<GenerationState | undefined> {
    const { row, clock, rules } = this.#options;
    const asked = clock.now();
    const question = ++this.#lastQuestion;
    const state = await row.read();
    if (state !== undefined && state.closedForMs > 0) this.#noteClosed(asked + state.closedForMs);
    if (question < this.#firstBelieved) return undefined;
    this.#home = settledHome(state);
    this.#isOpen = state?.closedForMs === 0;
    this.#confirmedUntil = asked + rules.confirmedMs;
    return state;
  }

  /** Where two processes do this at once, the row says which home counts; the store of the other is a stranger unless it is the same. */
  async #settle({ generation, home }: GenerationState): Promise<void> {
    try {
      await this.#options.row.claim(generation, await this.#options.store.settle(generation, home));
    } catch (error) {
      this.#report(error);
    }
  }

  async #poll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await pauseBetweenLooks(POLL_MS, this.#options.clock, this.#stopping.signal);
      if (this.#mayRest()) await this.#untilUsed();
      if (this.#stopping.signal.aborted) return;
      try {
        await this.#confirm();
        if (this.#isUsable()) this.#isFailing = false;
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #noteUse(): void {
    this.#lastUsed = this.#options.clock.now();
    this.#wake?.();
  }

  /** @NOTE Not without a home: whoever changes something then closes the shared level for all. */
  #mayRest(): boolean {
    return this.#home !== undefined && this.#options.clock.now() - this.#lastUsed > IN_USE_MS;
  }

  async #untilUsed(): Promise<void> {
    const { signal } = this.#stopping;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    signal.addEventListener('abort', this.#wake, { once: true });
    if (!signal.aborted) await promise;
    signal.removeEventListener('abort', this.#wake);
    this.#wake = undefined;
  }

  /** The first failure of a row of them: the next comes with the next look. */
  #report(error: unknown): void {
    if (!this.#isFailing) this.#options.onError(error);
    this.#isFailing = true;
  }
}

function settledHome(state: GenerationState | undefined): SharedHome | undefined {
  if (state?.home === undefined || !state.isSettled) return undefined;
  return { generation: state.generation, home: state.home };
}
