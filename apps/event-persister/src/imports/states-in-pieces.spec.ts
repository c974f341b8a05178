import { expect, it } from 'vitest';
import type { StateInPieces } from './state-in-pieces.ts';
import { StatesInPieces } from './states-in-pieces.ts';

const PLACE = { importId: 'one', roomId: '!room:far.example', version: 3 };

function pieces(size: number, deferredBytes = 0): StateInPieces {
  return { state: { size }, deferredBytes } as StateInPieces;
}

it('finds a state for its room, as long as what is remembered of the shard is true', () => {
  const states = new StatesInPieces();
  const state = pieces(5);
  states.remember(PLACE, state);
  expect(states.find(PLACE)).toBe(state);
  expect(states.find({ ...PLACE, roomId: '!other:far.example' })).toBeUndefined();
  expect(states.find({ ...PLACE, version: 4 })).toBeUndefined();
  expect(states.find({ ...PLACE, importId: 'two' })).toBeUndefined();
  states.forget('one');
  expect(states.find(PLACE)).toBeUndefined();
});

it('forgets those that came longest ago where they are too large together', () => {
  const states = new StatesInPieces();
  for (const importId of ['one', 'two', 'three']) states.remember({ ...PLACE, importId }, pieces(140_000));
  const found = ['one', 'two', 'three'].map((importId) => states.find({ ...PLACE, importId }) !== undefined);
  expect(found).toEqual([false, true, true]);
});

it('forgets a state of which too much waits for what it cites', () => {
  const states = new StatesInPieces();
  states.remember(PLACE, pieces(5));
  states.remember(PLACE, pieces(5, 5 * 1024 * 1024));
  expect(states.find(PLACE)).toBeUndefined();
});
