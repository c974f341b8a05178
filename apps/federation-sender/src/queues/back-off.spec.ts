import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextInterval } from './back-off.ts';

const settings = { firstMs: 600_000, multiplier: 2, longestMs: 7 * 24 * 3_600_000 };

it('begins with the first interval, about doubles it, and ends with the longest', () => {
  const middle = { fraction: () => 1 / 3 };
  expect(nextInterval(0, settings, middle)).toBe(600_000);
  expect(nextInterval(600_000, settings, middle)).toBe(1_200_000);
  expect(nextInterval(6 * 24 * 3_600_000, settings, middle)).toBe(settings.longestMs);
});

it('differs from one destination to the other, within bounds', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.nat(settings.longestMs),
      (drawn, last) => {
        const base = last === 0 ? settings.firstMs : last * 2;
        const interval = nextInterval(last, settings, { fraction: () => drawn });
        expect(interval).toBeLessThanOrEqual(settings.longestMs);
        expect(interval).toBeGreaterThanOrEqual(Math.min(Math.floor(base * 0.8), settings.longestMs));
        expect(interval).toBeLessThanOrEqual(Math.max(1, Math.ceil(base * 1.4)));
      },
    ),
  );
  expect(nextInterval(1_000, settings, { fraction: () => 0 })).toBe(1_600);
  expect(nextInterval(1_000, settings, { fraction: () => 0.999 })).toBe(2_799);
});
