import { expect, it } from 'vitest';
import { Halving } from './halving.ts';

it('halves what is taken at once until all that were suspect are settled', () => {
  const halving = new Halving();
  halving.settled(5);
  expect(halving.limit).toBe(Infinity);
  halving.halve(9);
  expect(halving.limit).toBe(5);
  halving.settled(5);
  expect(halving.limit).toBe(5);
  halving.halve(4);
  expect(halving.limit).toBe(2);
  halving.settled(3);
  expect(halving.limit).toBe(2);
  halving.settled(1);
  expect(halving.limit).toBe(Infinity);
});
