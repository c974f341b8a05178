import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Completion } from './complete-joins.ts';
import { RunCompletions } from './run-completions.ts';

/** What is due, each until it is settled. */
let due: PromiseWithResolvers<Completion>[];
/** How many have been taken up. */
let taken: number;
let told: unknown[];
let stopping: AbortController;
let running: Promise<void>;
let completions: RunCompletions;
let pauses: { readonly ms: number; readonly end: () => void }[];

const COMPLETED: Completion = { outcome: 'completed' };

beforeEach(() => {
  due = [];
  taken = 0;
  told = [];
  pauses = [];
  stopping = new AbortController();
  completions = new RunCompletions({
    joins: { runOne: async () => due[taken++]?.promise },
    staged: { removeForgotten: async () => told.push('forgotten') },
    clock: {
      now: () => 0,
      delay: (ms, signal) =>
        new Promise((resolve) => {
          pauses.push({ ms, end: resolve });
          signal?.addEventListener('abort', () => resolve());
        }),
    },
    completed: ({ outcome }) => void told.push(outcome),
    failed: (error) => void told.push(error),
  });
});
afterEach(async () => {
  stopping.abort();
  for (const { resolve } of due) resolve(COMPLETED);
  await running;
});

function start(): void {
  running = completions.runUntil(stopping.signal);
}

/** A room has come, and those who joined it have had their moment. */
async function wake(): Promise<void> {
  completions.wake();
  pauses.at(-1)?.end();
  await new Promise<void>((resolve) => setImmediate(resolve));
}

it('completes joins of other servers while one does not answer', async () => {
  due = [Promise.withResolvers(), Promise.withResolvers()];
  start();
  await wake();
  due[1]?.resolve(COMPLETED);
  await vi.waitFor(() => expect(told).toEqual(['completed']));
  // The one that is done looks for more, and finds nothing.
  await vi.waitFor(() => expect(taken).toBe(3));
});

it('lets those who have joined go first', async () => {
  start();
  await vi.waitFor(() => expect(told).toEqual(['forgotten']));
  due = [Promise.withResolvers(), Promise.withResolvers()];
  completions.wake();
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(pauses.at(-1)?.ms).toBeLessThanOrEqual(50);
  expect(taken).toBe(1);
  pauses.at(-1)?.end();
  await vi.waitFor(() => expect(taken).toBe(2));
});

it('works on four at once, however often it is woken, and goes on with the rest', async () => {
  due = Array.from({ length: 6 }, () => Promise.withResolvers());
  start();
  for (let times = 0; times < 8; times += 1) await wake();
  expect(taken).toBe(4);
  due[2]?.resolve(COMPLETED);
  due[3]?.resolve({ outcome: 'postponed', because: 'nobody answers' });
  await vi.waitFor(() => expect(taken).toBe(6));
  expect(told).toEqual(['completed', 'postponed']);
});

it('clears away what was left where nothing is due, and looks again after a while', async () => {
  start();
  await vi.waitFor(() => expect(told).toEqual(['forgotten']));
  pauses.at(-1)?.end();
  await vi.waitFor(() => expect(told).toEqual(['forgotten', 'forgotten']));
});

it('says what failed, and goes on', async () => {
  const failing = Promise.withResolvers<Completion>();
  due = [failing, Promise.withResolvers()];
  start();
  const error = new Error('Postgres is away');
  failing.reject(error);
  await vi.waitFor(() => expect(told).toEqual([error]));
  await wake();
  due[1]?.resolve(COMPLETED);
  await vi.waitFor(() => expect(told).toEqual([error, 'completed', 'forgotten']));
});

it('ends when what it works on has ended', async () => {
  due = [Promise.withResolvers()];
  start();
  await vi.waitFor(() => expect(taken).toBe(1));
  stopping.abort();
  let hasEnded = false;
  void running.then(() => (hasEnded = true));
  await wake();
  expect(hasEnded).toBe(false);
  due[0]?.resolve(COMPLETED);
  await running;
  expect(told).toEqual(['completed']);
});
