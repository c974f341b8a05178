import { expect, it } from 'vitest';
import { isErasedFor } from './erasure.ts';

it.each([
  ['a message, to who was there', undefined, true, false],
  ['a message, to who was not', undefined, false, true],
  ['state, to who was not', '', false, false],
  ['a membership, to who was not', '@a:b', false, false],
])('redacts what an erased user sent: %s', (_what, stateKey, wasJoined, expected) => {
  expect(isErasedFor({ stateKey }, { wasJoined })).toBe(expected);
});
