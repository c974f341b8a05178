import { expect, it } from 'vitest';
import { isAtLeast } from './go-toolchain.ts';

it.each([
  ['1.26.8', '1.26.0', true],
  ['1.26.0', '1.26.0', true],
  ['1.27', '1.26.5', true],
  ['2.0.0', '1.26.0', true],
  ['1.26rc1', '1.26.0', true],
  ['1.9.9', '1.26.0', false],
  ['1.19.8', '1.26.0', false],
  ['', '1.26.0', false],
  ['unknown', '1.26.0', false],
])('compares Go %s with %s', (version, wanted, isNew) => {
  expect(isAtLeast(version, wanted)).toBe(isNew);
});
