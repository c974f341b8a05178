import { expect, it } from 'vitest';
import { backOffMs } from './back-off.ts';

it('doubles from two seconds on, up to 512', () => {
  expect([1, 2, 3, 8, 9, 10, 1_000].map(backOffMs)).toEqual(
    [2, 4, 8, 256, 512, 512, 512].map((seconds) => seconds * 1_000),
  );
});
