import type { Clock } from '@plexus/matrix-base';
import { expect, it } from 'vitest';
import { StatesAhead } from './states-ahead.ts';

/** Pauses end when they are told to, or are given up. */
function open() {
  const pauses: { readonly ms: number; readonly end: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    delay: (ms, signal) =>
      new Promise((resolve) => {
        pauses.push({ ms, end: resolve });
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  return { pauses, states: new StatesAhead<string>(clock) };
}

/** Waits for the room, then has a state. */
async function fetched(hasArrived: Promise<void>): Promise<string> {
  await hasArrived;
  return 'state';
}

it('has a state that waits for its room, once', async () => {
  const { states } = open();
  states.begin('$join', fetched);
  expect(await states.take('$join')).toBe('state');
  expect(states.take('$join')).toBeUndefined();
  expect(states.take('$other')).toBeUndefined();
});

it('fails what waits for a room that does not come', async () => {
  const { states } = open();
  const failures: unknown[] = [];
  states.begin('$join', async (hasArrived) => {
    await hasArrived.catch((error: Error) => failures.push(error.message));
    return 'state';
  });
  states.forget('$join');
  expect(states.take('$join')).toBeUndefined();
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(failures).toEqual(['The room whose state was fetched has not come']);
});

it('waits for ten seconds, and not for what was taken', async () => {
  const { states, pauses } = open();
  states.begin('$taken', fetched);
  states.begin('$late', fetched);
  expect(pauses.map(({ ms }) => ms)).toEqual([10_000, 10_000]);
  const taken = states.take('$taken');
  for (const { end } of pauses) end();
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(await taken).toBe('state');
  expect(states.take('$late')).toBeUndefined();
});

it('fetches two at a time, and each once', async () => {
  const { states } = open();
  const begun: string[] = [];
  for (const joinEventId of ['$one', '$one', '$two', '$three'])
    states.begin(joinEventId, (hasArrived) => {
      begun.push(joinEventId);
      return fetched(hasArrived);
    });
  expect(begun).toEqual(['$one', '$two']);
  states.forgetAll();
  states.begin('$three', fetched);
  expect(await states.take('$three')).toBe('state');
});
