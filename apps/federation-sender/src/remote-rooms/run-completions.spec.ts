import { describe, expect, it } from 'vitest';
import type { Completion } from './complete-joins.ts';
import { RunCompletions } from './run-completions.ts';

const DONE: Completion = { outcome: 'completed' };

function start(answers: (() => Completion | undefined)[]) {
  const told: unknown[] = [];
  const stopping = new AbortController();
  let pauses = 0;
  let removed = 0;
  const { promise: idle, resolve: isIdle } = Promise.withResolvers<void>();
  const completions = new RunCompletions({
    joins: { runOne: async () => answers.shift()?.() },
    staged: { removeForgotten: async () => (removed += 1) },
    clock: {
      now: () => 0,
      delay: (_ms, signal) => {
        pauses += 1;
        isIdle();
        return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
      },
    },
    completed: (completion) => void told.push(completion.outcome),
    failed: (error) => void told.push(error),
  });
  const running = completions.runUntil(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return { completions, told, idle, stop, pauses: () => pauses, removed: () => removed };
}

describe('RunCompletions', () => {
  it('works on one join after the other, and clears up when none is due', async () => {
    const { told, idle, stop, removed } = start([() => DONE, () => DONE]);
    await idle;
    await stop();
    expect(told).toEqual(['completed', 'completed']);
    expect(removed()).toBe(1);
  });

  it('goes on when it is woken', async () => {
    const answers: (() => Completion | undefined)[] = [];
    const { completions, told, idle, stop } = start(answers);
    await idle;
    answers.push(() => DONE);
    completions.wake();
    await expect.poll(() => told).toEqual(['completed']);
    await stop();
  });

  it('tells of a failure, and looks again after a pause', async () => {
    const failure = new Error('no database');
    const answers = [
      () => {
        throw failure;
      },
    ];
    const { told, idle, stop, pauses } = start(answers);
    await idle;
    expect([told, pauses()]).toEqual([[failure], 1]);
    await stop();
  });
});
