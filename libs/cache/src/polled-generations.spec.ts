import { describe, expect, it } from 'vitest';
import { FRESHNESS_RULES } from './freshness-rules.ts';
import { PolledGenerations } from './polled-generations.ts';
import type { GenerationRow, GenerationState } from './polled-generations.ts';
import { CacheStoreError } from './shared-store.ts';

describe('PolledGenerations', () => {
  it('settles an open generation on the store, and uses it', async () => {
    const { generations } = build();
    await generations.start();
    expect(generations.current()).toEqual({ generation: 1, home: 'home1' });
    await generations.stop();
  });

  it('starts where the store is away, without a shared level', async () => {
    const { generations, errors } = build({ settle: () => Promise.reject(new CacheStoreError('away')) });
    await generations.start();
    expect(generations.current()).toBeUndefined();
    expect(errors).toHaveLength(1);
    await generations.stop();
  });

  it('believes a confirmation for half a second', async () => {
    const { generations, passTime } = build();
    await generations.start();
    passTime(499);
    expect(generations.current()).toBeDefined();
    passTime(1);
    expect(generations.current()).toBeUndefined();
    await generations.stop();
  });

  it('rests while nobody uses it, and is confirmed as soon as somebody does', async () => {
    const { generations, row, passTime, poll } = build();
    await generations.start();
    let asked = 0;
    const { answer } = row;
    row.answer = () => {
      asked += 1;
      return answer();
    };
    passTime(10_000);
    await poll();
    expect(asked).toBe(1);
    passTime(500);
    await poll();
    await poll();
    expect(asked).toBe(1);
    expect(generations.current()).toBeUndefined();
    await turn();
    expect(asked).toBe(2);
    expect(generations.current()).toEqual({ generation: 1, home: 'home1' });
    passTime(10_001);
    await poll();
    expect(asked).toBe(2);
    expect(await generations.homeOfChanges()).toEqual({ generation: 1, home: 'home1' });
    await generations.stop();
  });

  it('does not rest without a home: a change would find none, and close the shared level', async () => {
    let isAway = true;
    const settle = async (): Promise<string> => {
      if (isAway) throw new CacheStoreError('away');
      return 'home';
    };
    const { generations, passTime, poll } = build({ settle });
    await generations.start();
    passTime(10_001);
    isAway = false;
    await poll();
    expect(await generations.homeOfChanges()).toEqual({ generation: 1, home: 'home' });
    await generations.stop();
  });

  it('closes the shared level once for all who wait, and says until when', async () => {
    const { generations, row, passTime } = build();
    await generations.start();
    passTime(100);
    expect(await Promise.all([generations.close(10_000), generations.close(10_000)])).toEqual([15_100, 15_100]);
    expect(row.state).toMatchObject({ generation: 2, isSettled: false });
    expect(generations.current()).toBeUndefined();
    await generations.stop();
  });

  it('closes it again where less time is left than is needed', async () => {
    const { generations, row, passTime } = build();
    await generations.start();
    await generations.close(10_000);
    passTime(4_000);
    await generations.close(10_000);
    expect(row.state.generation).toBe(2);
    passTime(2_000);
    expect(await generations.close(10_000)).toBe(21_000);
    expect(row.state.generation).toBe(3);
    await generations.stop();
  });

  it('has a home for changes while the shared level is closed, and goes on there when it opens', async () => {
    const { generations, passTime, poll } = build();
    await generations.start();
    await generations.close(10_000);
    await poll();
    expect(generations.current()).toBeUndefined();
    expect(await generations.homeOfChanges()).toEqual({ generation: 2, home: 'home2' });
    passTime(15_000);
    expect(generations.current()).toBeUndefined();
    await poll();
    expect(generations.current()).toEqual({ generation: 2, home: 'home2' });
    await generations.stop();
  });

  it('asks for the home of changes again where a command has failed, and closes nothing', async () => {
    const { generations, row } = build();
    await generations.start();
    generations.doubt();
    expect(generations.current()).toBeUndefined();
    expect(await generations.homeOfChanges()).toEqual({ generation: 1, home: 'home1' });
    expect(row.state.generation).toBe(1);
    await generations.stop();
  });

  it('does not raise what another process has closed for long enough', async () => {
    const { generations, row, passTime } = build();
    await generations.start();
    passTime(100);
    await row.raise(15_000);
    passTime(100);
    expect(await generations.close(10_000)).toBe(15_100);
    expect(row.state.generation).toBe(2);
    await generations.stop();
  });

  it('does not believe an answer to what it asked before it closed the shared level', async () => {
    const { generations, row, poll } = build();
    await generations.start();
    const late = Promise.withResolvers<GenerationState>();
    const { answer } = row;
    row.answer = () => late.promise;
    await poll();
    row.answer = answer;
    await generations.close(10_000);
    late.resolve({ generation: 1, home: 'home1', isSettled: true, closedForMs: 0 });
    await turn();
    expect(generations.current()).toBeUndefined();
    await generations.stop();
  });

  it('renews the generation that is named, and no later one', async () => {
    const { generations, row } = build();
    await generations.start();
    await generations.renew(1);
    await generations.renew(1);
    expect(row.state.generation).toBe(2);
    await generations.stop();
  });
});

/** What waits for promises that are there goes on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

class Row implements GenerationRow {
  state: Omit<GenerationState, 'closedForMs'> = { generation: 1, home: undefined, isSettled: false };
  closedUntil = 0;
  answer: () => Promise<GenerationState> = async () => ({ ...this.state, closedForMs: this.#closedForMs() });
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  read(): Promise<GenerationState> {
    return this.answer();
  }

  async raise(closedMs: number, seen = this.state.generation): Promise<void> {
    const { generation, home } = this.state;
    if (seen !== generation) return;
    this.state = { generation: generation + 1, home, isSettled: false };
    this.closedUntil = this.#now() + closedMs;
  }

  async claim(generation: number, home: string): Promise<void> {
    this.state = { generation, home, isSettled: true };
  }

  #closedForMs(): number {
    return Math.max(0, this.closedUntil - this.#now());
  }
}

interface Built {
  readonly generations: PolledGenerations;
  readonly row: Row;
  readonly errors: unknown[];
  passTime(ms: number): void;
  /** The next look at the row. */
  poll(): Promise<void>;
}

function build(store: { settle?: () => Promise<string> } = {}): Built {
  let now = 0;
  let wake: () => void = doNothing;
  const errors: unknown[] = [];
  const row = new Row(() => now);
  const generations = new PolledGenerations({
    row,
    store: { settle: store.settle ?? (async (generation: number) => `home${generation}`) },
    clock: {
      now: () => now,
      delay: (_ms, signal) =>
        new Promise((resolve) => {
          wake = resolve;
          signal?.addEventListener('abort', () => resolve());
        }),
    },
    rules: FRESHNESS_RULES,
    onError: (error) => errors.push(error),
  });
  const passTime = (ms: number): void => {
    now += ms;
  };
  const poll = async (): Promise<void> => {
    wake();
    await turn();
  };
  return { generations, row, errors, passTime, poll };
}

function doNothing(): void {}
