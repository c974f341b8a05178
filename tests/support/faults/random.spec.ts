import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

describe('random choices', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(choicesOf(7)).toEqual(choicesOf(7));
    expect(choicesOf(7)).not.toEqual(choicesOf(8));
  });

  it('stay within their bounds and reach all of them', () => {
    const random = new Random(1);
    const drawn = new Set(Array.from({ length: 1_000 }, () => random.integer(5)));
    expect([...drawn].toSorted()).toEqual([0, 1, 2, 3, 4]);
  });

  it('keep everything that is shuffled', () => {
    expect(new Random(3).shuffle([1, 2, 3, 4, 5]).toSorted()).toEqual([1, 2, 3, 4, 5]);
  });
});

function choicesOf(seed: number): number[] {
  const random = new Random(seed).fork();
  return Array.from({ length: 20 }, () => random.integer(1_000));
}
