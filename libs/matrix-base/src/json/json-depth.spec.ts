import { describe, expect, it } from 'vitest';
import { isDeeperThan } from './json-depth.ts';

describe('isDeeperThan', () => {
  it.each([
    [1, 0, false],
    [[], 0, true],
    [{}, 1, false],
    [{ a: [1] }, 1, true],
    [{ a: [1], b: {} }, 2, false],
    [[1, [2, [3]]], 2, true],
  ])('%j against %d: %s', (value, limit, deeper) => {
    expect(isDeeperThan(value, limit)).toBe(deeper);
  });

  it('stops at the limit of a value as deep as it likes', () => {
    let value: unknown = [];
    for (let level = 0; level < 1_000_000; level++) value = [value];
    expect(isDeeperThan(value, 100)).toBe(true);
  });
});
